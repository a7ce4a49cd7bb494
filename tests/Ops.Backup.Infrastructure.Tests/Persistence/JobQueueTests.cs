using System.Collections.Concurrent;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>Which waiting job a node gets, and that no other gets it too.</summary>
[Collection(PostgresCollection.Name)]
public sealed class JobQueueTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int NoLimit = 0;
    private QueueLab _lab = null!;

    public async Task InitializeAsync() => _lab = await QueueLab.CreateAsync(postgres);

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Fact]
    public async Task The_higher_priority_runs_first_and_of_equals_the_one_that_waits_longest()
    {
        var old = await _lab.AddJobAsync("old");
        var young = await _lab.AddJobAsync("young");
        var urgent = await _lab.AddJobAsync("urgent", new RunPolicy(priority: 5));
        var late = await _lab.AddJobAsync("can wait", new RunPolicy(priority: -5));
        (await ClaimAllAsync("n1")).ShouldBe([urgent.Id, old.Id, young.Id, late.Id]);
    }

    [Fact]
    public async Task A_job_for_a_node_or_a_label_waits_for_such_a_node()
    {
        var named = await _lab.AddJobAsync("named", new RunPolicy(node: "n2"));
        var labelled = await _lab.AddJobAsync("labelled", new RunPolicy(label: "上海"));
        (await ClaimAsync("n1")).ShouldBeNull();
        (await _lab.QueueOf("n3", "beijing", "上海").ClaimNextAsync(NoLimit, CancellationToken.None)).ShouldBe(labelled.Id);
        (await ClaimAsync("n2")).ShouldBe(named.Id);
    }

    [Fact]
    public async Task A_source_that_is_being_backed_up_is_passed_over_and_the_next_one_runs()
    {
        var source = await _lab.AddSourceAsync("busy");
        var first = await _lab.AddJobAsync("first", source: source);
        var second = await _lab.AddJobAsync("second", source: source);
        var other = await _lab.AddJobAsync("other");
        (await ClaimAsync("n1")).ShouldBe(first.Id);
        (await ClaimAsync("n1")).ShouldBe(other.Id);
        (await ClaimAsync("n1")).ShouldBeNull();
        await EndAsync(first.Id);
        (await ClaimAsync("n1")).ShouldBe(second.Id);
    }

    [Fact]
    public async Task A_host_of_databases_has_only_so_many_dumps_at_once()
    {
        foreach (var name in new[] { "a", "b", "c" }) await _lab.AddJobAsync(name, host: "db1");
        var elsewhere = await _lab.AddJobAsync("d", host: "db2");
        (await ClaimAllAsync("n1", maxPerHost: 2)).Count.ShouldBe(3);
        (await _lab.Database.AskAsync<string>($"SELECT status FROM db_backup_job WHERE id = '{elsewhere.Id}'")).ShouldBe("RUNNING");
    }

    [Fact]
    public async Task A_store_takes_only_so_many_backups_at_once()
    {
        var narrow = await _lab.AddStoreAsync("narrow", maxConcurrent: 1);
        var first = await _lab.AddJobAsync("a", store: narrow);
        var second = await _lab.AddJobAsync("b", store: narrow);
        var elsewhere = await _lab.AddJobAsync("c");
        (await ClaimAllAsync("n1")).ShouldBe([first.Id, elsewhere.Id]);
        await EndAsync(first.Id);
        (await ClaimAsync("n1")).ShouldBe(second.Id);
    }

    [Fact]
    public async Task A_node_that_runs_more_leaves_a_new_job_to_one_that_runs_less()
    {
        await _lab.Database.ExecuteAsync("INSERT INTO service_node (name, instance_id, version, max_concurrent) VALUES ('n2', 'n2', '1', 2)");
        await _lab.AddJobAsync("a");
        (await ClaimAsync("n1")).ShouldNotBeNull();
        var next = await _lab.AddJobAsync("b");
        (await ClaimAsync("n1")).ShouldBeNull();
        (await ClaimAsync("n2")).ShouldBe(next.Id);
    }

    [Fact]
    public async Task But_not_for_long_and_not_to_one_that_is_stopping_or_silent()
    {
        await _lab.Database.ExecuteAsync("""
            INSERT INTO service_node (name, instance_id, version, max_concurrent, stopping, heartbeat_at)
            VALUES ('stopping', 's', '1', 2, true, now()), ('silent', 'd', '1', 2, false, now() - interval '1 minute')
            """);
        foreach (var name in new[] { "a", "b" }) await _lab.AddJobAsync(name);
        (await ClaimAllAsync("n1")).Count.ShouldBe(2);
        await _lab.Database.ExecuteAsync("UPDATE service_node SET stopping = false, heartbeat_at = now()");
        var waiting = await _lab.AddJobAsync("c");
        await _lab.Database.ExecuteAsync($"UPDATE db_backup_job SET due_at = now() - interval '2 seconds' WHERE id = '{waiting.Id}'");
        (await ClaimAsync("n1")).ShouldBe(waiting.Id);
    }

    [Fact]
    public async Task Four_nodes_at_once_get_each_job_once_and_never_exceed_a_limit()
    {
        const int jobs = 60, perHost = 3;
        for (var number = 0; number < jobs; number++) await _lab.AddJobAsync($"s{number}", host: $"db{number % 2}");
        var claimed = new ConcurrentBag<string>();
        var most = 0L;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(node => Task.Run(async () =>
        {
            while (claimed.Count < jobs)
            {
                if (await ClaimAsync($"n{node}", perHost) is not { } id) continue;
                claimed.Add(id);
                var running = await _lab.Database.AskAsync<long>("SELECT max(n) FROM (SELECT count(*) n FROM db_backup_job WHERE status = 'RUNNING' GROUP BY host) x");
                InterlockedMax(ref most, running);
                await EndAsync(id);
            }
        })));
        claimed.Distinct(StringComparer.Ordinal).Count().ShouldBe(jobs);
        claimed.Count.ShouldBe(jobs);
        most.ShouldBeInRange(2, perHost);
    }

    [Fact]
    public async Task A_failed_run_is_tried_again_when_its_time_has_come_by_one_of_many_nodes()
    {
        var job = await _lab.AddJobAsync("a", new RunPolicy(retries: 2, retryDelaySeconds: 60));
        await FailAsync(job.Id, "PG_DUMP_FAILED");
        (await RetryAsync("n1")).ShouldBe(0);
        await _lab.Database.ExecuteAsync("UPDATE db_backup_job SET retry_at = now()");
        var started = await Task.WhenAll(Enumerable.Range(0, 4).Select(node => RetryAsync($"n{node}")));
        started.Sum().ShouldBe(1);
        (await _lab.StatesAsync()).ShouldBe(["FAILED PG_DUMP_FAILED", "PENDING"]);
        (await _lab.Database.AskAsync<string>($"SELECT concat_ws(' ', attempt, retries, retry_delay_sec) FROM db_backup_job WHERE retry_of = '{job.Id}'")).ShouldBe("2 1 120");
        (await RetryAsync("n1")).ShouldBe(0);
    }

    [Fact]
    public async Task No_retry_is_made_where_an_equal_job_waits_already()
    {
        var job = await _lab.AddJobAsync("a", new RunPolicy(retries: 1, retryDelaySeconds: 0));
        await FailAsync(job.Id, "PG_DUMP_FAILED");
        var source = await new Infrastructure.Persistence.SourceStore(_lab.Database.Aggregates).GetAsync("a", CancellationToken.None);
        var config = await _lab.Configs.GetAsync("config of a", CancellationToken.None);
        await _lab.Jobs.AddAsync(config.RunNow(new Domain.Configs.RunSetting(source, [_lab.Local]), DateTimeOffset.UtcNow), CancellationToken.None);
        await RetryAsync("n1");
        (await _lab.StatesAsync()).ShouldBe(["FAILED PG_DUMP_FAILED", "PENDING"]);
        (await _lab.Database.AskAsync<long>("SELECT count(*) FROM db_backup_job WHERE retry_at IS NOT NULL")).ShouldBe(0);
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var known = Volatile.Read(ref most); value > known && Interlocked.CompareExchange(ref most, value, known) != known; known = Volatile.Read(ref most)) { }
    }

    private Task<string?> ClaimAsync(string node, int maxPerHost = NoLimit) => _lab.QueueOf(node).ClaimNextAsync(maxPerHost, CancellationToken.None);

    private async Task<List<string>> ClaimAllAsync(string node, int maxPerHost = NoLimit)
    {
        var claimed = new List<string>();
        while (await ClaimAsync(node, maxPerHost) is { } id) claimed.Add(id);
        return claimed;
    }

    private Task EndAsync(string id) => _lab.Database.ExecuteAsync($"UPDATE db_backup_job SET status = 'CANCELED', finished_at = started_at WHERE id = '{id}'");

    private async Task FailAsync(string id, string code)
    {
        (await ClaimAsync("n1")).ShouldBe(id);
        var job = await _lab.Jobs.GetAsync(id, CancellationToken.None);
        job.Fail(new BackupFailure(code, "for the test"), DateTimeOffset.UtcNow);
        (await _lab.Jobs.SaveOwnAsync(job, CancellationToken.None)).ShouldBeTrue();
    }

    private Task<int> RetryAsync(string node) => _lab.QueueOf(node).StartRetriesAsync(
        100, due => due.EqualUnfinished ? GivenUp(due) : due.Failed.Retry(due.Source!, new Destination(due.Stores, []), due.Now), CancellationToken.None);

    private static BackupJob? GivenUp(DueRetry due)
    {
        due.Failed.GiveUpRetry();
        return null;
    }
}
