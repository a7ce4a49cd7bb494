using Npgsql;
using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Embedded;

/// <summary>The service or its server is killed at a bad moment, and the next start works with the data that was committed.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TempFolder _folder = new("crash");

    [Fact]
    public async Task A_killed_postmaster_is_started_again_on_its_port_with_what_was_committed()
    {
        await using var server = Create();
        var connectionString = Unpooled(await server.StartAsync(CancellationToken.None));
        await PostgresCluster.ExecuteAsync(connectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
        // Twice: what one recovery leaves must not trip the next.
        for (var round = 1; round <= 2; round++)
        {
            var killed = server.ProcessId!.Value;
            Linux.Kill(killed);
            await Poll.Until("there is a new postmaster", () => server.ProcessId, id => id is not null && id != killed, Patience);
            (await PostgresCluster.ScalarAsync(connectionString, "SELECT answer FROM kept")).ShouldBe(42);
        }
    }

    [Fact]
    public async Task An_orphaned_backend_in_a_long_query_does_not_keep_the_server_from_coming_back()
    {
        await using var server = Create();
        var connectionString = Unpooled(await server.StartAsync(CancellationToken.None));
        await using var busy = new NpgsqlConnection(connectionString);
        await busy.OpenAsync();
        // It never looks whether its postmaster lives.
        await using var endless = new NpgsqlCommand("SELECT count(*) FROM generate_series(1, 1000000000000)", busy) { CommandTimeout = 0 };
        var query = endless.ExecuteScalarAsync();
        await Poll.Until("the endless query runs", async () => await PostgresCluster.ScalarAsync(connectionString,
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 1000000000000)%' AND pid <> pg_backend_pid()"),
            count => count is 1L, Patience);
        var orphan = busy.ProcessID;
        try
        {
            Linux.Kill(server.ProcessId!.Value);
            (await AnswersAgain(connectionString, "SELECT 1")).ShouldBe(1);
            Linux.IsRunning(orphan).ShouldBeFalse();
        }
        finally
        {
            // Where the test fails the query must not run for ever.
            if (Linux.IsRunning(orphan)) Linux.Kill(orphan);
        }
        await Should.ThrowAsync<NpgsqlException>(() => query);
    }

    [Fact]
    public async Task A_service_that_is_killed_takes_its_server_down_in_order()
    {
        using var service = await Helper.StartAsync("cluster", _folder.Path);
        await service.KillAsync();
        await Poll.Until("the server is gone", () => !Linux.IsRunning(service.Reported), Patience);
        // An orderly shutdown removes it; a killed server leaves it.
        File.Exists(_folder.File("postgres", "postmaster.pid")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_start_waits_for_the_old_server_that_is_still_shutting_down()
    {
        using var service = await Helper.StartAsync("cluster", _folder.Path);
        // The checkpointer writes the shutdown's checkpoint: while it is held, the old server can't end.
        var checkpointer = Linux.ChildrenOf(service.Reported).Single(id => Linux.CommandLineOf(id).Contains("checkpointer", StringComparison.Ordinal));
        Linux.Kill(checkpointer, Stop);
        await service.KillAsync();
        await using var server = Create();
        var start = server.StartAsync(CancellationToken.None);
        await Poll.Until("the old server was told to end", () => File.ReadAllLines(_folder.File("postgres", "postmaster.pid")).Any(line => line.StartsWith("stopping", StringComparison.Ordinal)), Patience);
        start.IsCompleted.ShouldBeFalse();
        Linux.IsRunning(service.Reported).ShouldBeTrue();
        Linux.Kill(checkpointer, Continue);
        (await PostgresCluster.ScalarAsync(Unpooled(await start), "SELECT 1")).ShouldBe(1);
        Linux.IsRunning(service.Reported).ShouldBeFalse();
    }

    [Fact]
    public async Task A_start_after_service_and_server_were_killed_recovers_what_was_committed()
    {
        using (var service = await Helper.StartAsync("cluster", _folder.Path))
        {
            // Stopped, it can't hear the service's death: only the KILL ends it, and its postmaster.pid stays.
            Linux.Kill(service.Reported, Stop);
            await service.KillAsync();
            Linux.Kill(service.Reported);
            await Poll.Until("the server is gone", () => !Linux.IsRunning(service.Reported), Patience);
        }
        File.Exists(_folder.File("postgres", "postmaster.pid")).ShouldBeTrue();
        await using var server = Create();
        (await PostgresCluster.ScalarAsync(Unpooled(await server.StartAsync(CancellationToken.None)), "SELECT 1")).ShouldBe(1);
        (await File.ReadAllTextAsync(_folder.File("logs", "postgres.log"))).ShouldContain("database system was not properly shut down");
    }

    [Fact]
    public async Task A_stale_pid_file_whose_number_another_program_has_by_now_does_not_stop_the_start()
    {
        await using (var first = Create()) await first.StartAsync(CancellationToken.None);
        var runAs = Environment.IsPrivilegedProcess ? "postgres" : null;
        await using var other = ChildProcess.Start(new ProcessSpec("/usr/bin/sleep", ["1000"]) { RunAs = runAs });
        await Poll.Until("the other program runs", async () => await File.ReadAllTextAsync($"/proc/{other.Id}/comm"), name => string.Equals(name, "sleep\n", StringComparison.Ordinal), Patience);
        await File.WriteAllTextAsync(_folder.File("postgres", "postmaster.pid"), $"{other.Id}\n{_folder.File("postgres")}\n1\n1\n\n127.0.0.1\n\n");
        if (runAs is not null) await Linux.RunAsync("/usr/bin/chown", runAs, _folder.File("postgres", "postmaster.pid"));

        await using var server = Create();
        (await PostgresCluster.ScalarAsync(Unpooled(await server.StartAsync(CancellationToken.None)), "SELECT 1")).ShouldBe(1);
        Linux.IsRunning(other.Id).ShouldBeTrue();
    }

    public void Dispose() => _folder.Dispose();

    private EmbeddedPostgres Create() => new(new EmbeddedPostgresOptions { DataFolder = _folder.Path });

    private static Task<object?> AnswersAgain(string connectionString, string sql) =>
        Poll.Until("the server answers again", () => PostgresCluster.ScalarAsync(connectionString, sql), answer => answer is not null, Patience);

    private static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
}
