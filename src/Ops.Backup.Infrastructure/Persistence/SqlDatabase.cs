using Npgsql;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>The service's database for plain SQL: listings and loads, which need no aggregate.</summary>
public sealed class SqlDatabase(NpgsqlDataSource dataSource)
{
    /// <exception cref="DatabaseUnavailableException">It can't be reached, or went away.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            return await work(connection);
        }
        catch (Exception e) when (Database.IsUnavailable(e))
        {
            throw new DatabaseUnavailableException(e);
        }
    }

    public async Task<int> ExecuteAsync(string sql, IReadOnlyList<object> values, CancellationToken cancellationToken) => await RunAsync(
        async connection =>
        {
            await using var command = Command(connection, sql, values);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    /// <summary>Reads every row into memory.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, IReadOnlyList<object> values, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        await RunAsync<IReadOnlyList<T>>(connection => QueryAsync(connection, sql, values, read, cancellationToken), cancellationToken);

    internal static async Task<IReadOnlyList<T>> QueryAsync<T>(
        NpgsqlConnection connection, string sql, IReadOnlyList<object> values, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken)) rows.Add(read(reader));
        return rows;
    }

    // SQL texts are constants or are put together from constants; whatever comes from outside is a parameter: $1, $2…
    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, IReadOnlyList<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
