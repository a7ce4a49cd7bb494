namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Promise 3: the service itself, or its own database, may be killed at any moment.</summary>
[Collection(Servers.Faults)]
public sealed class KilledServiceTests(SourceServer server)
{
    private static readonly TimeSpan Stopping = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData("custom")]
    [InlineData("directory")]
    public async Task A_service_killed_in_mid_dump_names_the_run_abandoned_when_it_is_back(string format)
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());
        BackupView half;
        await using (var first = await RunningService.StartAsync(setup))
        {
            await first.Api.AddSourceAsync(server.AsSource("big", await server.BigAsync()));
            half = await HalfDump.StartAsync(first, "big", format);
            await first.Kill9Async();
        }
        setup.DataFiles().ShouldNotBeEmpty();

        await using var second = await RunningService.StartAsync(setup);
        await Poll.Until("nothing that the dead service started runs on", () => Machine.DumpsOf(half.Id).Count == 0, Stopping);
        var abandoned = await second.Api.EndOfAsync(half.Id);
        await Poll.Until("its leftovers are cleaned", () => setup.DataFiles().Count == 0 && File.Exists(abandoned.ReportFile), Stopping);
        abandoned.ShouldHaveFailed("ABANDONED");
        abandoned.ShouldHaveLeftNothingIn(setup);
        await second.Api.SucceedAsync(new { source = "big", format });
    }

    [Fact]
    public async Task No_pg_dump_outlives_a_killed_service()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());
        await using var service = await RunningService.StartAsync(setup);
        await service.Api.AddSourceAsync(server.AsSource("big", await server.BigAsync()));
        var half = await HalfDump.StartAsync(service, "big", "directory");

        await service.Kill9Async();
        await HalfDump.ResumeAsync(half);

        await Poll.Until("pg_dump and its workers are gone", () => Machine.DumpsOf(half.Id).Count == 0, Stopping);
    }

    [Fact]
    public async Task The_services_own_database_may_be_killed_while_a_backup_runs()
    {
        using var setup = new ServiceSetup();
        await using var service = await RunningService.StartAsync(setup);
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource("held", database));
        BackupView running;
        await using (await HeldTable.LockAsync(server.Cluster, database))
        {
            running = await service.Api.BackUpAsync(new { source = "held" });
            await server.WaitUntilHeldAsync(running.Id);
            var postmaster = PostmasterOf(setup);
            await Machine.SignalAsync("KILL", postmaster);
            await Poll.Until("the server was started again", () => PostmasterOf(setup) != postmaster, ServiceApi.Patience);
            await Poll.Until("the service is ready again", async () => (await service.Api.SendAsync(HttpMethod.Get, "/health/ready")).Status == System.Net.HttpStatusCode.OK, ServiceApi.Patience);
        }

        (await service.Api.EndOfAsync(running.Id)).Status.ShouldBe("SUCCESS");
        await service.Api.SucceedAsync(new { source = "held" });
    }

    [Fact]
    public async Task A_stop_in_mid_dump_ends_within_seconds_and_leaves_nothing()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());
        var database = await server.SmallAsync();
        BackupView running;
        await using (await HeldTable.LockAsync(server.Cluster, database))
        await using (var first = await RunningService.StartAsync(setup))
        {
            await first.Api.AddSourceAsync(server.AsSource("held", database));
            running = await first.Api.BackUpAsync(new { source = "held" });
            await server.WaitUntilHeldAsync(running.Id);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            (await first.TerminateAsync()).ShouldBe(0);
            clock.Elapsed.ShouldBeLessThan(Stopping);
            Machine.DumpsOf(running.Id).ShouldBeEmpty();
        }

        await using var second = await RunningService.StartAsync(setup);
        var stopped = await second.Api.GetAsync(running.Id);
        stopped.ShouldHaveFailed("SERVICE_STOPPED");
        stopped.ShouldHaveLeftNothingIn(setup);
    }

    private static int PostmasterOf(ServiceSetup setup)
    {
        var file = Directory.EnumerateFiles(setup.ServiceFolder, "postmaster.pid", SearchOption.AllDirectories).First();
        return int.Parse(File.ReadLines(file).First(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
