namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Two nodes with one database: both work, and each notices the other's death.</summary>
[Collection(Servers.Faults)]
public sealed class TwoNodesTests(SourceServer server)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Jobs_run_on_both_nodes_and_a_dead_nodes_job_is_named_abandoned_by_the_other()
    {
        var database = await server.ServiceDatabaseAsync();
        using var keys = new TempFolder("keys");
        using var setup1 = Node(database, "node-1", keys);
        using var setup2 = Node(database, "node-2", keys);
        await using var node1 = await RunningService.StartAsync(setup1);
        await using var node2 = await RunningService.StartAsync(setup2);
        var first = await server.SmallAsync();
        var second = await server.SmallAsync();
        await node1.Api.AddSourceAsync(server.AsSource("first", first));
        await node1.Api.AddSourceAsync(server.AsSource("second", second));
        BackupView lost;
        await using (await HeldTable.LockAsync(server.Cluster, first))
        await using (await HeldTable.LockAsync(server.Cluster, second))
        {
            foreach (var source in new[] { "first", "second" }) await server.WaitUntilHeldAsync((await node1.Api.BackUpAsync(new { source })).Id);
            var board = await node2.Api.JobsAsync();
            board.Nodes.Where(node => node.Alive).Select(node => node.Name).ShouldBe(["node-1", "node-2"], ignoreOrder: true);
            board.Running.Select(job => job.Node).ShouldBe(["node-1", "node-2"], ignoreOrder: true);

            await node1.Kill9Async();
            lost = await node2.Api.GetAsync(board.Running.Single(job => job.Node == "node-1").Id);
            lost = await node2.Api.EndOfAsync(lost.Id, Minute);
            (lost.Status, lost.ErrorCode).ShouldBe(("FAILED", "ABANDONED"));
            Machine.DumpsOf(lost.Id).ShouldBeEmpty();
        }

        // The survivor goes on with its own and takes the dead one's work; the dead node cleans up when it is back.
        var kept = (await node2.Api.JobsAsync()).Running.FirstOrDefault(job => job.Id != lost.Id);
        if (kept is not null) (await node2.Api.EndOfAsync(kept.Id)).Status.ShouldBe("SUCCESS");
        (await node2.Api.SucceedAsync(new { source = "first" })).Node.ShouldBe("node-2");
        (await node2.Api.SucceedAsync(new { source = "second" })).Node.ShouldBe("node-2");
        setup1.DataFiles().ShouldNotBeEmpty();
        await using var back = await RunningService.StartAsync(setup1);
        await Poll.Until("the leftovers are cleaned", () => setup1.DataFiles().Count == 0 && File.Exists(lost.ReportFile), Minute);
        lost.ShouldReport("FAILED", "ABANDONED");
    }

    private static ServiceSetup Node(string database, string name, TempFolder keys) => new ServiceSetup(database)
        .With("Service__NodeName", name).With("Service__KeyFolder", keys.File("keys")).With("Backup__MaxConcurrent", "1").With("Backup__LockWaitSeconds", "120");
}
