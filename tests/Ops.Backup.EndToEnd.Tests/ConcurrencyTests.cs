using System.Net;

namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Promise 4: one backup of a source at a time, no more of all than configured, in the order of the requests.</summary>
[Collection(Servers.Use)]
public sealed class ConcurrencyTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Of_equal_requests_at_the_same_instant_exactly_one_is_accepted(int requests)
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        var held = await HeldTable.LockAsync(server.Cluster, database);
        await using (held)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(_ => service.Api.SendAsync(HttpMethod.Post, "/api/backups", new { source = database })));

            var accepted = answers.Where(answer => answer.Status == HttpStatusCode.Accepted).ShouldHaveSingleItem().As<BackupView>();
            var refused = answers.Where(answer => answer.Status != HttpStatusCode.Accepted).ToList();
            refused.Count.ShouldBe(requests - 1);
            refused.ShouldAllBe(answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "BACKUP_ALREADY_RUNNING" && answer.Text("conflictingId") == accepted.Id);
            await held.DisposeAsync();
            (await service.Api.EndOfAsync(accepted.Id)).Status.ShouldBe("SUCCESS");
        }
        await service.Api.SucceedAsync(new { source = database });
    }

    [Fact]
    public async Task A_different_request_of_the_same_source_waits_and_then_runs()
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        BackupView first;
        BackupView second;
        await using (await HeldTable.LockAsync(server.Cluster, database))
        {
            first = await service.Api.BackUpAsync(new { source = database });
            await server.WaitUntilHeldAsync(first.Id);
            second = await service.Api.BackUpAsync(new { source = database, type = "schema_only" });
            // It keeps nobody waiting: a free place passes it over and runs what came after it.
            var other = await server.SmallAsync();
            await service.Api.AddSourceAsync(server.AsSource(other, other));
            await service.Api.SucceedAsync(new { source = other });
            second = await service.Api.GetAsync(second.Id);
            (second.Status, second.WaitingFor).ShouldBe(("PENDING", $"backup {first.Id} of the same source"));
            Machine.DumpsOf(second.Id).ShouldBeEmpty();
        }

        first = await service.Api.EndOfAsync(first.Id);
        second = await service.Api.EndOfAsync(second.Id);
        (first.Status, second.Status).ShouldBe(("SUCCESS", "SUCCESS"));
        second.StartedAt.ShouldBeGreaterThan(first.StartedAt);
    }

    [Fact]
    public async Task No_more_run_at_once_than_configured_and_they_start_in_the_order_of_the_requests()
    {
        var held = new Queue<(string Id, HeldTable Table)>();
        for (var i = 0; i < 5; i++)
        {
            var database = await server.SmallAsync();
            await service.Api.AddSourceAsync(server.AsSource(database, database));
            var table = await HeldTable.LockAsync(server.Cluster, database);
            held.Enqueue(((await service.Api.BackUpAsync(new { source = database })).Id, table));
        }
        try
        {
            while (held.Count > 0)
            {
                var expected = held.Take(2).Select(job => job.Id).ToList();
                foreach (var id in expected) await server.WaitUntilHeldAsync(id);
                var board = await service.Api.JobsAsync();
                board.Running.Select(job => job.Id).ShouldBe(expected, ignoreOrder: true);
                board.Queued.Select(job => job.Id).ShouldBe(held.Skip(2).Select(job => job.Id));
                held.Skip(2).ShouldAllBe(job => Machine.DumpsOf(job.Id).Count == 0);
                var (first, table) = held.Dequeue();
                await table.DisposeAsync();
                (await service.Api.EndOfAsync(first)).Status.ShouldBe("SUCCESS");
            }
        }
        finally
        {
            foreach (var (_, table) in held) await table.DisposeAsync();
        }
    }

}
