namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Promise 3: programs that the service started may be killed at any moment.</summary>
[Collection(Servers.Faults)]
public sealed class KilledProgramTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    [Theory]
    [InlineData("custom")]
    [InlineData("directory")]
    public async Task A_pg_dump_killed_half_way_fails_the_backup_and_leaves_nothing(string format)
    {
        var source = await service.Api.AddSourceAsync(server.AsSource($"killed {format}", await server.BigAsync()));
        var half = await HalfDump.StartAsync(service.Service, source.Id, format);

        await Machine.SignalAsync("KILL", Machine.DumpsOf(half.Id)[0]);
        await HalfDump.ResumeAsync(half);

        var failed = await service.Api.EndOfAsync(half.Id);
        failed.ShouldHaveFailed("PG_DUMP_FAILED");
        failed.ErrorMessage!.ShouldContain("signal 9");
        failed.ShouldHaveLeftNothingIn(service.Setup);
        await Poll.Until("its workers are gone too", () => Machine.DumpsOf(half.Id).Count == 0, ServiceApi.Patience);
        await service.Api.SucceedAsync(new { source = source.Id, format });
    }

    [Fact]
    public async Task A_pg_dump_killed_before_a_compressor_is_not_taken_for_a_short_dump()
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        BackupView running;
        await using (await HeldTable.LockAsync(server.Cluster, database))
        {
            running = await service.Api.BackUpAsync(new { source = database, compression = "zstd:3" });
            await server.WaitUntilHeldAsync(running.Id);
            await Machine.SignalAsync("KILL", Machine.DumpsOf(running.Id));
            running = await service.Api.EndOfAsync(running.Id);
        }

        running.ShouldHaveFailed("PG_DUMP_FAILED");
        running.ShouldHaveLeftNothingIn(service.Setup);
        await service.Api.SucceedAsync(new { source = database, compression = "zstd:3" });
    }

    [Theory]
    [InlineData("custom")]
    [InlineData("directory")]
    public async Task A_source_server_killed_half_way_fails_the_backup_and_the_next_one_works(string format)
    {
        var victim = new SourceServer();
        await victim.InitializeAsync();
        try
        {
            var source = await service.Api.AddSourceAsync(victim.AsSource($"victim {format}", await victim.BigAsync()));
            var half = await HalfDump.StartAsync(service.Service, source.Id, format);

            await Machine.SignalAsync("KILL", victim.Cluster.ProcessId!.Value);
            await HalfDump.ResumeAsync(half);

            var failed = await service.Api.EndOfAsync(half.Id);
            failed.ShouldHaveFailed("SERVER_GONE");
            failed.ShouldHaveLeftNothingIn(service.Setup);
            await Poll.Until("the server is back", async () => (await service.Api.TestAsync(source.Id)).Ok, ServiceApi.Patience);
            await service.Api.SucceedAsync(new { source = source.Id, format });
        }
        finally
        {
            await victim.DisposeAsync();
        }
    }
}
