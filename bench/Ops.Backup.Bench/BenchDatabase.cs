using Npgsql;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>A private PostgreSQL with the settings of the service's own one: durable, nothing tuned.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;

    private BenchDatabase(PostgresCluster cluster)
    {
        _cluster = cluster;
        DataSource = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { MaxAutoPrepare = 100, CommandTimeout = 600 }.ConnectionString);
        Sql = new SqlDatabase(DataSource);
    }

    public string ConnectionString => _cluster.ConnectionString;

    /// <summary>The postmaster's.</summary>
    public int ProcessId => _cluster.ProcessId!.Value;

    public NpgsqlDataSource DataSource { get; }

    public SqlDatabase Sql { get; }

    public static async Task<BenchDatabase> StartAsync()
    {
        var database = new BenchDatabase(await PostgresCluster.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["fsync"] = "on",
            ["synchronous_commit"] = "on",
            ["full_page_writes"] = "on",
        }));
        await MigrationRunner.MigrateAsync(database.DataSource, null, CancellationToken.None);
        return database;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await _cluster.DisposeAsync();
    }
}
