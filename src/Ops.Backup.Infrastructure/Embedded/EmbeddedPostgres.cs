using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>
/// The service's own PostgreSQL: a private cluster in the data folder, made at the first start, restarted on the same port when it
/// dies, and stopped with the service, however that ends. The caller holds the folder's <see cref="DataFolderLock"/>.
/// </summary>
public sealed partial class EmbeddedPostgres(EmbeddedPostgresOptions options, ILogger<EmbeddedPostgres>? logger = null) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Stable = TimeSpan.FromMinutes(1);

    private readonly ILogger<EmbeddedPostgres> _logger = logger ?? NullLogger<EmbeddedPostgres>.Instance;
    private readonly CancellationTokenSource _stopping = new();
    private ServerLauncher? _launcher;
    private RotatingLog? _log;
    private PostgresServer? _server;
    private Task _supervision = Task.CompletedTask;
    private string? _socketFolder;

    /// <summary>The loopback port; it stays the same until <see cref="StopAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>The postmaster's process id at the moment; null while it is down.</summary>
    public int? ProcessId => _server is { Exited.IsCompleted: false } server ? server.ProcessId : null;

    /// <summary>The binaries in use, with the client programs of the same version.</summary>
    public PostgresBinaries? Binaries { get; private set; }

    /// <summary>Starts the server, makes the cluster and the database when they are missing, and returns when connections are accepted.</summary>
    /// <returns>The Npgsql connection string of the database <c>ops_backup</c>, as its owner and superuser <c>ops_backup</c>.</returns>
    /// <exception cref="EmbeddedPostgresException">It can't run here; the message says why and what to do.</exception>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        if (_server is not null) throw new InvalidOperationException("The embedded PostgreSQL is started once.");
        try
        {
            return await StartCoreAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ToolMissingException)
        {
            await StopAsync();
            throw new EmbeddedPostgresException($"The embedded PostgreSQL can't use the data folder {options.DataFolder}: {e.Message}", e);
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>A fast shutdown; after 30 seconds an immediate one. It may be called more than once.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
        if (_server is not null) await _server.DisposeAsync();
        _server = null;
        if (_socketFolder is not null) SocketFolder.Remove(_socketFolder);
        _socketFolder = null;
        _log?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task<string> StartCoreAsync(CancellationToken cancellationToken)
    {
        ServiceFolder.Create(options.DataFolder);
        var files = new ClusterFiles(await RealPathAsync(options.DataFolder, cancellationToken));
        var owner = await ClusterOwner.FindAsync(cancellationToken);
        await owner.RequirePassageAsync(files.DataFolder, cancellationToken);
        Binaries = await PostgresBinaries.FindAsync(options.BinFolder, files.ClusterMajor, cancellationToken);
        var password = files.Password();
        if (!files.HasCluster)
        {
            LogMaking(files.Cluster, Binaries.Major);
            var sync = !(options.Settings.TryGetValue("fsync", out var fsync) && string.Equals(fsync, "off", StringComparison.Ordinal));
            await new ClusterMaker(files, owner, Binaries).MakeAsync(password, sync, cancellationToken);
        }
        _log = new RotatingLog(files.Log);
        _launcher = new ServerLauncher(files, owner, Binaries, password, options.Settings, _log);
        (_server, Port) = await _launcher.StartAsync(fixedPort: null, cancellationToken);
        _socketFolder = files.ReadFacts()?.SocketFolder;
        var connectionString = _launcher.ConnectionString(Port);
        await CreateDatabaseAsync(connectionString, cancellationToken);
        LogStarted(Binaries.Major, Port, files.Cluster);
        _supervision = SuperviseAsync(_stopping.Token);
        return connectionString;
    }

    // The server works in the real folder; its leftovers are found by that name.
    private static async Task<string> RealPathAsync(string folder, CancellationToken cancellationToken)
    {
        var result = await Tool.RunAsync(new ProcessSpec("/usr/bin/realpath", ["-z", "--", Path.GetFullPath(folder)]), null, cancellationToken);
        return result.ExitCode == 0 ? result.Output.TrimEnd('\0') : throw new EmbeddedPostgresException($"The data folder {folder} can't be used: {result.Errors}");
    }

    private static async Task CreateDatabaseAsync(string connectionString, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        var database = builder.Database!;
        builder.Database = "postgres";
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database } } };
        if (await exists.ExecuteScalarAsync(cancellationToken) is not null) return;
        await using var create = new NpgsqlCommand($"CREATE DATABASE {database}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task SuperviseAsync(CancellationToken stopping)
    {
        var pause = FirstPause;
        try
        {
            while (true)
            {
                var life = Stopwatch.StartNew();
                LogDied(await _server!.Exited.WaitAsync(stopping));
                await _server.DisposeAsync();
                if (life.Elapsed > Stable) pause = FirstPause;
                do
                {
                    await Task.Delay(pause, stopping);
                    pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                }
                while (!await TryRestartAsync(stopping));
            }
        }
        catch (OperationCanceledException)
        {
            // the service stops, and with it the server
        }
    }

    private async Task<bool> TryRestartAsync(CancellationToken stopping)
    {
        try
        {
            (_server, _) = await _launcher!.StartAsync(Port, stopping);
            LogRestarted(Port);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it is, the service is of no use without its database: it is tried again until somebody stops us.
            LogNotRestarted(e.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Making the embedded PostgreSQL cluster {Cluster} (version {Major}).")]
    private partial void LogMaking(string cluster, int major);

    [LoggerMessage(Level = LogLevel.Information, Message = "The embedded PostgreSQL {Major} runs on 127.0.0.1:{Port} ({Cluster}).")]
    private partial void LogStarted(int major, int port, string cluster);

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL died with exit code {ExitCode}; it is started again.")]
    private partial void LogDied(int exitCode);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The embedded PostgreSQL runs again on 127.0.0.1:{Port}.")]
    private partial void LogRestarted(int port);

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL could not be started again and is tried later: {Reason}")]
    private partial void LogNotRestarted(string reason);
}
