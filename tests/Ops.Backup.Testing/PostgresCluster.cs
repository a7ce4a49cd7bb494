using System.Security.Cryptography;
using Npgsql;
using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Testing;

/// <summary>A private PostgreSQL cluster for a test run: the service's embedded one, in a folder of its own, without durability.</summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly TempFolder _folder = new("cluster");
    private readonly EmbeddedPostgres _server;
    private string? _connectionString;

    /// <param name="settings">Server settings on top of the relaxed ones.</param>
    public PostgresCluster(IReadOnlyDictionary<string, string>? settings = null)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["fsync"] = "off",
            ["synchronous_commit"] = "off",
            ["full_page_writes"] = "off",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal)) all[key] = value;
        _server = new EmbeddedPostgres(new EmbeddedPostgresOptions { DataFolder = _folder.Path, Settings = all });
    }

    /// <summary>As superuser, to the database ops_backup.</summary>
    public string ConnectionString => _connectionString ?? throw new InvalidOperationException("The cluster is not started.");

    public int Port => _server.Port;

    /// <summary>The postmaster, for tests that kill it.</summary>
    public int? ProcessId => _server.ProcessId;

    public PostgresBinaries Binaries => _server.Binaries ?? throw new InvalidOperationException("The cluster is not started.");

    /// <summary>For PGPASSFILE.</summary>
    public string PassFile => _folder.File("embedded-postgres.pgpass");

    public static async Task<PostgresCluster> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var cluster = new PostgresCluster(settings);
        await cluster.StartAsync();
        return cluster;
    }

    public async Task StartAsync() => _connectionString = await _server.StartAsync(CancellationToken.None);

    /// <summary>Makes an empty database, by default with a name that no other test has.</summary>
    /// <returns>Its connection string, as superuser.</returns>
    public async Task<string> CreateDatabaseAsync(string? name = null)
    {
        name ??= $"test_{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        await ExecuteAsync(ConnectionString, $"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        return For(name);
    }

    public string For(string database) => new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database }.ConnectionString;

    /// <summary>Loads the Chinook sample into an empty database.</summary>
    public async Task LoadChinookAsync(string database)
    {
        var sql = await File.ReadAllTextAsync(RepositoryRoot.File("samples", "chinook.sql"));
        // Its head drops, creates and enters a database of its own.
        const string start = "\\c chinook;";
        await RunPsqlAsync(database, sql[(sql.IndexOf(start, StringComparison.Ordinal) + start.Length)..]);
    }

    /// <summary>Runs a script through psql; its first error fails.</summary>
    public async Task RunPsqlAsync(string database, string script)
    {
        await using var psql = ChildProcess.Start(new ProcessSpec(Binaries.Psql,
            ["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "--host=127.0.0.1", $"--port={Port}", "--username=ops_backup", $"--dbname={Conninfo(database)}"])
        {
            TakesInput = true,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = PassFile, ["PGCLIENTENCODING"] = "UTF8" },
        });
        var output = psql.Output.CopyToAsync(Stream.Null);
        try
        {
            await using var input = new StreamWriter(psql.Input);
            await input.WriteAsync(script);
        }
        catch (IOException)
        {
            // psql stopped reading at an error; its exit code and message tell
        }
        await output;
        if (await psql.WaitAsync(CancellationToken.None) is not 0 and var code) throw new InvalidOperationException($"psql ended with {code}: {psql.ErrorTail}");
    }

    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static string Conninfo(string database) =>
        $"dbname='{database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
