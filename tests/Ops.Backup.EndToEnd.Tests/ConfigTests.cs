using System.Net;
using Npgsql;

namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Automatic backups as a user has them: a config, its runs, and what becomes of those that can't be.</summary>
[Collection(Servers.Faults)]
public sealed class ConfigTests(SourceServer server)
{
    [Fact]
    public async Task A_config_runs_by_its_schedule_by_hand_and_is_changed_cloned_and_deleted_with_its_backups_kept()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());
        await using var service = await RunningService.StartAsync(setup);
        await service.Api.AddSourceAsync(server.AsSource("订单", await server.SmallAsync()));
        var config = await service.Api.AddConfigAsync(new { name = "夜间", source = "订单", schedule = "每天 02:30", timeZone = "Asia/Shanghai", stores = new[] { "local" }, retention = new { preset = "days30" } });
        (config.Cron, config.NextRuns.Count).ShouldBe(("30 2 * * *", 5));

        var byHand = await service.Api.EndOfAsync((await service.Api.RunConfigAsync("夜间")).Id);
        (byHand.Status, byHand.Trigger, byHand.ConfigId, byHand.Description).ShouldBe(("SUCCESS", "manual", config.Id, "自动备份 - 夜间"));

        await MakeDueAsync(setup, config.Id, "1 second");
        var automatic = await Poll.Until("the schedule starts a run", service.Api.BackupsAsync, backups => backups.Any(backup => backup.Trigger is "automatic" && backup.HasEnded), ServiceApi.Patience);
        automatic.Single(backup => backup.Trigger is "automatic").Status.ShouldBe("SUCCESS");

        (await service.Api.SendAsync<Page>(HttpMethod.Get, "/api/backups?config=夜间", null, HttpStatusCode.OK)).Items.Count.ShouldBe(2);
        (await service.Api.SendAsync<Page>(HttpMethod.Get, "/api/backups?config=nobody", null, HttpStatusCode.OK)).Items.ShouldBeEmpty();

        var changed = await service.Api.SendAsync<ConfigView>(HttpMethod.Put, $"/api/configs/{config.Id}", new { schedule = "*/5 * * * *", retention = (object?)null }, HttpStatusCode.OK);
        (changed.Cron, changed.Config.GetProperty("retention").ValueKind, changed.Config.GetProperty("stores").GetArrayLength()).ShouldBe(("*/5 * * * *", System.Text.Json.JsonValueKind.Null, 1));
        var clone = await service.Api.SendAsync<ConfigView>(HttpMethod.Post, $"/api/configs/{config.Id}/clone", new { name = "copy" }, HttpStatusCode.Created);
        (clone.Config.GetProperty("enabled").GetBoolean(), clone.NextRuns.Count).ShouldBe((false, 0));
        (await service.Api.SendAsync<ConfigView>(HttpMethod.Post, "/api/configs/copy/enable", null, HttpStatusCode.OK)).NextRuns.Count.ShouldBe(5);
        (await service.Api.SendAsync(HttpMethod.Delete, "/api/sources/订单")).Code.ShouldBe("SOURCE_IN_USE");
        (await service.Api.SendAsync(HttpMethod.Delete, $"/api/configs/{config.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await service.Api.GetAsync(byHand.Id)).ConfigId.ShouldBeNull();
    }

    [Fact]
    public async Task What_was_missed_while_no_node_was_there_is_recorded_and_made_up_for_at_the_next_start()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());
        var service = await RunningService.StartAsync(setup);
        await using (service)
        {
            await service.Api.AddSourceAsync(server.AsSource("orders", await server.SmallAsync()));
            await service.Api.AddConfigAsync(new { name = "nightly", source = "orders", schedule = "@hourly" });
            await service.StopAsync();
        }
        await MakeDueAsync(setup, "nightly", "5 hours");
        await using var again = await RunningService.StartAsync(setup);
        var backups = await Poll.Until("the missed run is made up for", again.Api.BackupsAsync, all => all.Count == 2 && all.All(backup => backup.HasEnded), ServiceApi.Patience);
        backups.Select(backup => backup.Status).ShouldBe(["SUCCESS", "CANCELED"], ignoreOrder: true);
        backups.Single(backup => backup.Status is "CANCELED").ErrorMessage.ShouldNotBeNull().ShouldStartWith("MISSED: ");
        (await again.Api.ConfigAsync("nightly")).NextRuns[0].At.ShouldBeGreaterThan(DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task A_dump_that_hangs_is_ended_by_the_configs_time_limit_and_tried_again()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync()).With("Backup__LockWaitSeconds", "120");
        await using var service = await RunningService.StartAsync(setup);
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource("orders", database));
        await service.Api.AddConfigAsync(new { name = "limited", source = "orders", timeLimitSeconds = 2, retries = 1, retryDelaySeconds = 1 });
        BackupView hung;
        await using (await HeldTable.LockAsync(server.Cluster, database))
        {
            hung = await service.Api.EndOfAsync((await service.Api.RunConfigAsync("limited")).Id);
            hung.ErrorMessage.ShouldNotBeNull().ShouldStartWith("TIME_LIMIT: The backup took longer than the limit of 2 s and was stopped in the phase dumping");
            Machine.DumpsOf(hung.Id).ShouldBeEmpty();
        }
        (await service.Api.RetryOfAsync(hung.Id)).Attempt.ShouldBe(2);
    }

    private static async Task MakeDueAsync(ServiceSetup setup, string config, string since)
    {
        await using var connection = new NpgsqlConnection(setup.Settings["ConnectionStrings__OpsBackup"]);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"UPDATE backup_config SET next_run_at = now() - interval '{since}', next_for = date_trunc('minute', now() - interval '{since}') WHERE id = $1 OR name = $1", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = config });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }
}
