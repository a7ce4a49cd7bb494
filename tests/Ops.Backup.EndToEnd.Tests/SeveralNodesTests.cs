namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Nodes that share one database and lose each other: nothing runs twice, nothing is forgotten.</summary>
[Collection(Servers.Faults)]
public sealed class SeveralNodesTests(SourceServer server)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_run_of_a_killed_node_is_abandoned_within_a_minute_and_tried_again_by_rule_on_another()
    {
        await using var nodes = await Nodes.StartAsync(server, 3);
        var database = await nodes.AddSourceAsync("orders");
        await nodes.Any.AddConfigAsync(new { name = "nightly", source = "orders", retries = 1, retryDelaySeconds = 1 });
        BackupView lost;
        await using (await HeldTable.LockAsync(server.Cluster, database))
        {
            var run = await nodes.Any.RunConfigAsync("nightly");
            await server.WaitUntilHeldAsync(run.Id);
            var victim = nodes.At((await nodes.Any.GetAsync(run.Id)).Node!);
            await victim.Kill9Async();
            nodes.Forget(victim);
            lost = await nodes.Any.EndOfAsync(run.Id, Minute);
            (lost.Status, lost.ErrorCode).ShouldBe(("FAILED", "ABANDONED"));
        }
        var retry = await nodes.Any.RetryOfAsync(lost.Id);
        (retry.Status, retry.Attempt).ShouldBe(("SUCCESS", 2), retry.ErrorMessage);
        retry.Node.ShouldNotBe(lost.Node);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_from_the_database_ends_its_run_before_another_takes_it_and_works_on_when_it_is_back()
    {
        await using var nodes = await Nodes.StartAsync(server, 2, throughProxy: true);
        var database = await nodes.AddSourceAsync("orders");
        await nodes.At("node-2").Api.AddConfigAsync(new { name = "nightly", source = "orders", node = "node-1", retries = 1, retryDelaySeconds = 0 });
        BackupView run;
        var held = await HeldTable.LockAsync(server.Cluster, database);
        await using (held)
        {
            run = await nodes.At("node-2").Api.RunConfigAsync("nightly");
            await server.WaitUntilHeldAsync(run.Id);
            nodes.Proxies[0].IsHanging = true;
            // The dump itself hangs on nothing of the service's database; it must end before the lease does.
            var lost = await nodes.At("node-2").Api.EndOfAsync(run.Id, Minute);
            lost.ErrorCode.ShouldBe("ABANDONED");
            Machine.DumpsOf(run.Id).ShouldBeEmpty();
        }
        (await nodes.At("node-2").Api.BackupsAsync()).Count(backup => backup.Status is "RUNNING").ShouldBe(0);

        nodes.Proxies[0].IsHanging = false;
        nodes.Proxies[0].Cut();
        var retry = await nodes.At("node-2").Api.RetryOfAsync(run.Id);
        (retry.Status, retry.Node).ShouldBe(("SUCCESS", "node-1"), retry.ErrorMessage);
        (await nodes.At("node-2").Api.BackupsAsync()).Select(backup => backup.Status).ShouldBe(["SUCCESS", "FAILED"]);
    }

    [Fact]
    public async Task A_node_that_is_told_to_stop_finishes_what_can_be_finished_and_hands_over_the_rest()
    {
        await using var nodes = await Nodes.StartAsync(server, 2, setup => setup.With("Backup__StopGraceSeconds", "15"));
        var quick = await nodes.AddSourceAsync("quick");
        var slow = await nodes.AddSourceAsync("slow");
        foreach (var name in new[] { "quick", "slow" }) await nodes.Any.AddConfigAsync(new { name, source = name, node = "node-1" });
        await using var heldSlow = await HeldTable.LockAsync(server.Cluster, slow);
        BackupView first, second;
        Task<int> stopping;
        await using (await HeldTable.LockAsync(server.Cluster, quick))
        {
            first = await nodes.Any.RunConfigAsync("quick");
            second = await nodes.Any.RunConfigAsync("slow");
            foreach (var run in new[] { first, second }) await server.WaitUntilHeldAsync(run.Id);
            stopping = nodes.At("node-1").TerminateAsync();
            var other = nodes.At("node-2").Api;
            await Poll.Until("node-1 says that it is stopping", () => other.NodesAsync(), all => all.Single(node => node.Name == "node-1").Stopping, TimeSpan.FromSeconds(20));
        }
        (await stopping).ShouldBe(0);
        nodes.Forget(nodes.At("node-1"));
        (await nodes.Any.GetAsync(first.Id)).Status.ShouldBe("SUCCESS");
        (await nodes.Any.GetAsync(second.Id)).ErrorCode.ShouldBe("SERVICE_STOPPED");
        // It was for node-1 only, so it waits for it; nobody else may take it.
        var handedOver = await nodes.Any.RetryOfAsync(second.Id, ended: false);
        (handedOver.Status, handedOver.WaitingFor).ShouldBe(("PENDING", "a node named node-1"));
        await heldSlow.DisposeAsync();
        await nodes.StartAgainAsync("node-1");
        (await nodes.Any.EndOfAsync(handedOver.Id)).Status.ShouldBe("SUCCESS");
    }

    [Fact]
    public async Task Clocks_that_differ_by_half_a_minute_do_no_harm()
    {
        await using var nodes = await Nodes.StartAsync(server, 2, (setup, number) => setup.WithClock(number == 0 ? 30 : -30));
        await nodes.AddSourceAsync("orders");
        (await nodes.Any.NodesAsync()).Select(node => Math.Round(node.ClockOffsetMilliseconds / 1000.0)).Order().ShouldBe([-30, 30]);
        var config = await nodes.Any.AddConfigAsync(new { name = "minutely", source = "orders", schedule = "* * * * *" });
        config.NextRuns[0].At.ShouldBeInRange(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow + Minute);
        var runs = await Poll.Until(
            "two minutes have had their run", async () => await nodes.Any.BackupsAsync(), backups => backups.Count(backup => backup.Status == "SUCCESS") >= 2, TimeSpan.FromMinutes(3));
        runs.ShouldAllBe(run => run.Status == "SUCCESS" || run.Status == "RUNNING" || run.Status == "PENDING");
        runs.Select(run => run.ScheduledFor).Distinct().Count().ShouldBe(runs.Count);
        foreach (var run in runs.Where(run => run.Status == "SUCCESS"))
        {
            (run.StartedAt - run.ScheduledFor!.Value).TotalSeconds.ShouldBeInRange(0, 10);
            run.DurationSeconds!.Value.ShouldBeInRange(0, 20);
        }
    }

    [Fact]
    public async Task A_node_whose_clock_is_hours_ahead_deletes_nothing()
    {
        await using var nodes = await Nodes.StartAsync(server, 1, setup => setup.WithClock(3 * 3600));
        await nodes.AddSourceAsync("orders");
        await nodes.Any.AddConfigAsync(new { name = "nightly", source = "orders", retention = new { count = 1 } });
        for (var run = 0; run < 2; run++) (await nodes.Any.EndOfAsync((await nodes.Any.RunConfigAsync("nightly")).Id)).Status.ShouldBe("SUCCESS");
        (await nodes.Any.SendAsync(HttpMethod.Post, "/api/configs/nightly/retention/apply")).Code.ShouldBe("CLOCKS_DIFFER");
        (await nodes.Any.BackupsAsync()).Count.ShouldBe(2);
    }
}
