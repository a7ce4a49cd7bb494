using Microsoft.EntityFrameworkCore;
using Moq;
using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>A migrated database of its own for one test.</summary>
internal sealed class TestDatabase : IAsyncDisposable, IDbContextFactory<BackupDbContext>
{
    private TestDatabase(string connectionString)
    {
        ConnectionString = connectionString;
        DataSource = NpgsqlDataSource.Create(connectionString);
        Sql = new SqlDatabase(DataSource);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource DataSource { get; }

    public SqlDatabase Sql { get; }

    /// <summary>For what stores aggregates.</summary>
    public Infrastructure.Persistence.Database Aggregates => new(this);

    public BackupDbContext CreateDbContext() => new(new DbContextOptionsBuilder<BackupDbContext>().UseNpgsql(DataSource).Options);

    public static async Task<TestDatabase> CreateAsync(PostgresFixture postgres, string? migration = null, string? before = null)
    {
        var connectionString = await postgres.Cluster.CreateDatabaseAsync();
        var database = new TestDatabase(new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 100, MaxPoolSize = 10 }.ConnectionString);
        if (before is not null) await database.ExecuteAsync(before);
        await MigrationRunner.MigrateAsync(database.DataSource, migration, CancellationToken.None);
        return database;
    }

    public static INodeIdentity Node(string name, params string[] labels) =>
        Mock.Of<INodeIdentity>(node => node.Name == name && node.InstanceId == name && node.HostName == name && node.Labels == labels);

    public Task ExecuteAsync(string sql) => PostgresCluster.ExecuteAsync(ConnectionString, sql);

    public async Task<T> AskAsync<T>(string sql) => (T)(await PostgresCluster.ScalarAsync(ConnectionString, sql))!;

    /// <summary>The first column of every row, in the order of the statement.</summary>
    public Task<IReadOnlyList<string>> ListAsync(string sql) => Sql.QueryAsync(sql, [], row => row.IsDBNull(0) ? "" : row.GetValue(0).ToString()!, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
    }
}
