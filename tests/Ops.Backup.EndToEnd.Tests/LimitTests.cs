namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Dumps that would never end do end.</summary>
[Collection(Servers.Faults)]
public sealed class LimitTests(SourceServer server) : IAsyncLifetime
{
    private RunningService _service = null!;
    private string _database = "";

    public async Task InitializeAsync()
    {
        _service = await RunningService.StartAsync(new ServiceSetup(await server.ServiceDatabaseAsync())
            .With("Backup__LockWaitSeconds", "2").With("Backup__TimeLimitSeconds", "6"));
        _database = await server.SmallAsync();
        await _service.Api.AddSourceAsync(server.AsSource("small", _database));
    }

    public async Task DisposeAsync()
    {
        await _service.DisposeAsync();
        _service.Setup.Dispose();
    }

    [Fact]
    public async Task A_table_that_stays_locked_fails_the_backup_after_the_lock_wait()
    {
        await using (await HeldTable.LockAsync(server.Cluster, _database))
        {
            foreach (var format in new[] { "custom", "directory" })
            {
                var failed = await _service.Api.FailAsync(new { source = "small", format }, "LOCK_TIMEOUT");
                failed.ShouldHaveLeftNothingIn(_service.Setup);
            }
        }
        await _service.Api.SucceedAsync(new { source = "small" });
    }

    [Theory]
    [InlineData("custom", 1)]
    [InlineData("directory", 2)]
    public async Task A_pg_dump_that_does_nothing_any_more_is_ended_at_the_time_limit(string format, int jobs)
    {
        BackupView failed;
        await using (await HeldTable.LockAsync(server.Cluster, _database))
        {
            var running = await _service.Api.BackUpAsync(new { source = "small", format, jobs });
            await server.WaitUntilHeldAsync(running.Id);
            await Machine.SignalAsync("STOP", Machine.DumpsOf(running.Id));
            failed = await _service.Api.EndOfAsync(running.Id);
        }

        failed.ShouldHaveFailed("TIME_LIMIT");
        failed.ShouldHaveLeftNothingIn(_service.Setup);
        Machine.DumpsOf(failed.Id).ShouldBeEmpty();
    }
}
