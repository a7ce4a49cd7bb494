using System.Security.Cryptography;
using Npgsql;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>The database server that is backed up. Services under test may keep a database of their own on it, to start fast.</summary>
public sealed class SourceServer : IAsyncLifetime
{
    private const int BigRows = 200_000;
    private string? _chinook;
    private string? _big;

    public PostgresCluster Cluster { get; } = new();

    public Task InitializeAsync() => Cluster.StartAsync();

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    /// <summary>The sample; tests only read it.</summary>
    public async Task<string> ChinookAsync()
    {
        if (_chinook is not null) return _chinook;
        await Cluster.CreateDatabaseAsync("chinook");
        await Cluster.LoadChinookAsync("chinook");
        return _chinook = "chinook";
    }

    /// <summary>Two tables whose dump with gzip:9 takes seconds, and more than all buffers between server and file can hold.</summary>
    public async Task<string> BigAsync()
    {
        if (_big is not null) return _big;
        var database = await Cluster.CreateDatabaseAsync("big");
        const string text = "md5(i::text) || md5((i + 1)::text || 'a') || md5((i + 2)::text || 'b') || md5((i + 3)::text || 'c')";
        await PostgresCluster.ExecuteAsync(database, $"""
            CREATE TABLE one AS SELECT i AS id, {text} AS text FROM generate_series(1, {BigRows}) i;
            CREATE TABLE two AS SELECT i AS id, {text} AS text FROM generate_series({BigRows}, {2 * BigRows}) i;
            """);
        return _big = "big";
    }

    /// <summary>A database with one small table.</summary>
    public async Task<string> SmallAsync(string? name = null)
    {
        name ??= $"small_{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        await PostgresCluster.ExecuteAsync(await Cluster.CreateDatabaseAsync(name),
            "CREATE TABLE facts AS SELECT i AS id, 'fact ' || i AS text FROM generate_series(1, 100) i");
        return name;
    }

    /// <summary>An empty database for a service under test.</summary>
    public Task<string> ServiceDatabaseAsync() => Cluster.CreateDatabaseAsync();

    /// <summary>The request body that makes a database of this server a source.</summary>
    public object AsSource(string name, string database, string? user = null, string? password = null)
    {
        var own = new NpgsqlConnectionStringBuilder(Cluster.ConnectionString);
        return new { name, host = own.Host, port = own.Port, database, user = user ?? own.Username, password = password ?? own.Password };
    }

    /// <summary>Returns when the backup's pg_dump waits for a lock that somebody else holds.</summary>
    public Task WaitUntilHeldAsync(string jobId) => Poll.Until(
        $"pg_dump of {jobId} waits for a lock",
        async () => (long)(await PostgresCluster.ScalarAsync(
            Cluster.ConnectionString, $"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ops-backup/{jobId}' AND wait_event_type = 'Lock'"))!,
        count => count > 0, ServiceApi.Patience);
}
