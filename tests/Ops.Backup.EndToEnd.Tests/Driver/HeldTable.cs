using Npgsql;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>A table that somebody has locked: pg_dump waits until this is disposed.</summary>
public sealed class HeldTable : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private HeldTable(NpgsqlConnection connection) => _connection = connection;

    public static async Task<HeldTable> LockAsync(PostgresCluster cluster, string database, string table = "facts")
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(cluster.For(database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return new HeldTable(connection);
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
