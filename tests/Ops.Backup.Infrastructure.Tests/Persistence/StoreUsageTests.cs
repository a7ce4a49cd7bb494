using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Infrastructure.Tests.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

[Collection(PostgresCollection.Name)]
public sealed class StoreUsageTests(PostgresFixture postgres) : IAsyncLifetime
{
    private StoreScanBench _bench = null!;

    public async Task InitializeAsync() => _bench = await StoreScanBench.CreateAsync(postgres);

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task What_completed_copies_take_is_summed_by_their_files()
    {
        await _bench.Database.ExecuteAsync($$"""
            INSERT INTO db_backup_job (id, started_at, files, deleted) VALUES
                ('a', now(), '[{"sizeBytes":5000000000},{"sizeBytes":7}]', false), ('b', now(), '[]', false), ('gone', now(), '[{"sizeBytes":1000}]', true),
                ('failed', now(), '[{"sizeBytes":1000}]', false), ('other', now(), '[{"sizeBytes":1000}]', false);
            INSERT INTO backup_copy (job_id, store_id, store_name, kind, status, size_bytes, node)
            SELECT j, '{{_bench.Store.Id}}', 'x', 'local', CASE j WHEN 'failed' THEN 'failed' ELSE 'completed' END, 100, CASE j WHEN 'other' THEN 'n2' ELSE 'n1' END
            FROM unnest(ARRAY['a', 'b', 'gone', 'failed', 'other']) j;
            """);

        var measuredAt = await Usage().BeginAsync(_bench.Store, CancellationToken.None);
        await Usage().CompleteAsync(_bench.Store, measuredAt!.Value, new StoreSpace(3, 9_000_000_000), CancellationToken.None);

        var newest = (await Usage().NewestAsync(CancellationToken.None))[_bench.Store.Id];
        (newest.Node, newest.UsedBytes, newest.FreeBytes, newest.TotalBytes).ShouldBe(("n1", 5_000_000_107, 3, 9_000_000_000));
        (await Usage("n2").NewestAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_node_measures_its_own_disk_and_one_node_what_all_share()
    {
        var shared = Store.Create(new StoreFacts("s3", new S3Settings("abc", "r"), [], null, false), null, isConfigured: false, DateTimeOffset.UtcNow);
        await _bench.Stores.AddAsync(shared, CancellationToken.None);

        // Should the ten minutes end just now, one more is right.
        await WaitForRoomInTheStepAsync();
        var begun = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => Usage($"n{number}").BeginAsync(shared, CancellationToken.None))));
        begun.Count(time => time is not null).ShouldBe(1);
        (await Usage("n1").BeginAsync(_bench.Store, CancellationToken.None)).ShouldNotBeNull();
        (await Usage("n2").BeginAsync(_bench.Store, CancellationToken.None)).ShouldNotBeNull();
        (await Usage("n2").BeginAsync(_bench.Store, CancellationToken.None)).ShouldBeNull();
        (await Usage("n7").NewestAsync(CancellationToken.None))[shared.Id].Node.ShouldBeNull();
    }

    [Fact]
    public async Task A_store_that_was_removed_meanwhile_is_not_measured()
    {
        await _bench.Stores.RemoveAsync(_bench.Store, CancellationToken.None);
        (await Usage().BeginAsync(_bench.Store, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Old_measures_are_thinned_to_one_a_day()
    {
        await FillAsync("now() - interval '402 days'", "now() - interval '398 days'");
        await Usage().ThinAsync(CancellationToken.None);
        (await _bench.Database.AskAsync<long>("SELECT max(n) FROM (SELECT count(*) n FROM store_usage WHERE measured_at < date_trunc('day', now() - interval '401 days', 'UTC') + interval '1 day' GROUP BY date_trunc('day', measured_at, 'UTC')) d")).ShouldBe(1);
        (await _bench.Database.AskAsync<long>("SELECT count(*) FROM store_usage WHERE measured_at > now() - interval '399 days'")).ShouldBeInRange(143, 145);
    }

    [Fact]
    public async Task A_series_has_its_bounds_and_a_long_one_a_thousand_steps()
    {
        await FillAsync("'2026-01-01Z'", "'2026-03-01Z'");
        var all = await Usage().ReadAsync(_bench.Store.Id, Day(1, 1), Day(3, 1), CancellationToken.None);
        all.Count.ShouldBeInRange(990, 1002);
        all.Select(measure => measure.MeasuredAt).ShouldBeInOrder();
        var day = await Usage().ReadAsync(_bench.Store.Id, Day(1, 5), Day(1, 6), CancellationToken.None);
        (day.Count, day[0].MeasuredAt, day[^1].MeasuredAt).ShouldBe((144, Day(1, 5), Day(1, 6).AddMinutes(-10)));
        (await Usage().ReadAsync(_bench.Store.Id, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, CancellationToken.None)).Count.ShouldBeGreaterThan(0);
    }

    private static DateTimeOffset Day(int month, int day) => new(2026, month, day, 0, 0, 0, TimeSpan.Zero);

    private StoreUsage Usage(string node = "n1") => new(_bench.Database.Sql, TestDatabase.Node(node));

    private Task FillAsync(string from, string until) => _bench.Database.ExecuteAsync(
        $"INSERT INTO store_usage (store_id, node, measured_at, used_bytes) SELECT '{_bench.Store.Id}', 'n1', t, 1 FROM generate_series(({from})::timestamptz, ({until})::timestamptz, '10 minutes') t");

    private Task WaitForRoomInTheStepAsync() => Poll.Until(
        "ten minutes have just begun, or will not end now", () => _bench.Database.AskAsync<bool>("SELECT extract(epoch FROM now())::bigint % 600 < 590"), TimeSpan.FromSeconds(20));
}
