using System.Diagnostics;
using Npgsql;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>One run of the server, from its start to its end. It is started in order to be reachable: a start that fails leaves no process.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    // Recovery after a crash replays at most max_wal_size, which takes minutes on a slow disk.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FastShutdown = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ImmediateShutdown = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly ChildProcess _process;

    private PostgresServer(ChildProcess process)
    {
        _process = process;
        Exited = process.WaitAsync(CancellationToken.None);
    }

    public int ProcessId => _process.Id;

    /// <summary>Ends with the server's exit code, whoever or whatever ended it.</summary>
    public Task<int> Exited { get; }

    /// <exception cref="ServerStartException">The server ended instead of accepting connections.</exception>
    public static async Task<PostgresServer> StartAsync(ProcessSpec command, string connectionString, Action<string> log, CancellationToken cancellationToken)
    {
        var server = new PostgresServer(ChildProcess.Start(command, log));
        try
        {
            await server.WaitUntilReadyAsync(connectionString, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A fast shutdown (open transactions are rolled back); if it takes too long an immediate one, from which the next start recovers.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!await EndsAfterAsync(UnixSignal.Interrupt, FastShutdown)) await EndsAfterAsync(UnixSignal.Quit, ImmediateShutdown);
        await _process.DisposeAsync();
    }

    private async Task<bool> EndsAfterAsync(int signal, TimeSpan patience)
    {
        if (Exited.IsCompleted) return true;
        _process.Signal(signal);
        return await Task.WhenAny(Exited, Task.Delay(patience)) == Exited;
    }

    private async Task WaitUntilReadyAsync(string connectionString, CancellationToken cancellationToken)
    {
        // Not pooled: a pool would keep a connection to a server that may not live.
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false, Timeout = 5 };
        var clock = Stopwatch.StartNew();
        while (!await AcceptsAsync(builder.ConnectionString, cancellationToken))
        {
            if (Exited.IsCompleted) throw new ServerStartException(await Exited, _process.ErrorTail);
            if (clock.Elapsed > StartLimit) throw new EmbeddedPostgresException($"The embedded PostgreSQL accepts no connection after {StartLimit.TotalMinutes:0} minutes.");
            await Task.WhenAny(Exited, Task.Delay(Poll, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async Task<bool> AcceptsAsync(string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (PostgresException e) when (string.Equals(e.SqlState, PostgresErrorCodes.InvalidPassword, StringComparison.Ordinal))
        {
            throw new EmbeddedPostgresException("The embedded PostgreSQL does not accept the password in embedded-postgres.pgpass: the file and the cluster don't belong together.", e);
        }
        catch (NpgsqlException)
        {
            return false; // refused, or "the database system is starting up"
        }
    }
}
