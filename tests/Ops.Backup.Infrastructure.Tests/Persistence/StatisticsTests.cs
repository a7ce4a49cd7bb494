using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Statistics;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>Rows whose every figure was computed by hand. Now is 2026-11-21T12:00:00Z.</summary>
[Collection(PostgresCollection.Name)]
public sealed class StatisticsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Rows = """
        INSERT INTO database_source (id, name, host, port, database, user_name) VALUES ('s1', 'orders', 'h', 5432, 'orders', 'u'), ('s2', 'never', 'h', 5432, 'never', 'u');
        INSERT INTO backup_config (id, name, source_id, type, format, jobs, compression, include_globals, schedule, time_zone, jitter_sec, run_missed, when_busy, retries,
            retry_delay_sec, priority, description_template, enabled, next_for, next_run_at)
        SELECT id, id, source, 'full', 'custom', 1, 'zstd:1', true, 'daily', 'UTC', 0, true, 'wait', 0, 60, 0, '', enabled, at, at
        FROM (VALUES ('c1', 's1', true, timestamptz '2026-11-22T02:00:00Z'), ('c2', 's1', true, '2026-11-22T01:00:00Z'), ('c3', 's1', false, NULL), ('c4', 's2', true, NULL)) c (id, source, enabled, at);
        INSERT INTO db_backup_job (id, database, host, port, config_id, started_at, status, error_msg, duration_sec, size_bytes, type, deleted, delete_retry_at)
        VALUES
            ('o1', 'orders', 'h', '5432', 'c1', '2026-11-21T06:00:00Z', 'SUCCESS', NULL, 10, 400, 'full', false, NULL),
            ('o2', 'orders', 'h', '5432', 'c1', '2026-11-21T03:00:00Z', 'FAILED', 'E: x', 99, NULL, 'full', false, NULL),
            ('o3', 'orders', 'h', '5432', 'c1', '2026-11-20T06:00:00Z', 'SUCCESS', NULL, 20, 100, 'full', false, NULL),
            ('o4', 'orders', 'h', '5432', 'c2', '2026-11-20T05:00:00Z', 'SUCCESS', NULL, 40, 9000, 'schema_only', false, NULL),
            ('o5', 'orders', 'h', '5432', 'c1', '2026-11-19T06:00:00Z', 'CANCELED', 'SKIPPED: busy', NULL, NULL, 'full', false, NULL),
            ('o6', 'orders', 'h', '5432', 'c1', '2026-11-19T07:00:00Z', 'CANCELED', 'MISSED: 2 runs', NULL, NULL, 'full', false, NULL),
            ('o7', 'orders', 'h', '5432', NULL, '2026-11-19T08:00:00Z', 'CANCELED', 'CANCELED: Somebody', NULL, NULL, 'full', false, NULL),
            -- Within 30 days, not within 7, nor within the three days that are asked for.
            ('o8', 'orders', 'h', '5432', 'c1', '2026-11-01T06:00:00Z', 'SUCCESS', NULL, 500, 200, 'full', false, now()),
            ('o9', 'orders', 'h', '5432', 'c1', '2026-11-01T07:00:00Z', 'FAILED', 'E: x', NULL, NULL, 'full', false, NULL),
            ('oa', 'orders', 'h', '5432', 'c1', '2026-11-01T08:00:00Z', 'CANCELED', 'MISSED: 1 run', NULL, NULL, 'full', false, NULL),
            -- Older than all that is counted, and yet a predecessor by size.
            ('ob', 'orders', 'h', '5432', NULL, '2026-01-01T06:00:00Z', 'SUCCESS', NULL, 1, 300, 'full', false, NULL),
            ('oc', 'orders', 'h', '5432', 'c1', '2026-11-21T11:00:00Z', 'SUCCESS', NULL, 1, 1, 'full', true, now()),
            ('od', 'orders', 'h', '5432', 'c1', '2026-11-21T11:30:00Z', 'RUNNING', NULL, NULL, NULL, 'full', false, NULL),
            ('oe', 'orders', 'h', '5432', NULL, '2026-11-22T11:30:00Z', 'SUCCESS', NULL, 1, 1, 'full', false, NULL),
            ('p1', 'orders', 'other', '5432', NULL, '2026-11-18T12:00:00Z', 'SUCCESS', NULL, 7, 50, 'full', false, NULL),
            ('p2', 'orders', 'other', '5432', NULL, '2026-11-17T12:00:00Z', 'SUCCESS', NULL, 7, 100, 'full', false, NULL);
        INSERT INTO backup_verification (id, job_id, verification_type, verification_status, verification_result, duration_ms, verified_at, verified_by)
        VALUES ('v1', 'o1', 'checksum', 'passed', '', 0, now(), 'n'), ('v2', 'o1', 'integrity_check', 'passed', '', 0, now(), 'n'), ('v3', 'o1', 'restore_test', 'failed', '', 0, now(), 'n');
        INSERT INTO backup_store (id, name, settings) VALUES ('l', 'local', '{"kind":"local","folder":"/x"}'), ('r', 'remote', '{"kind":"s3"}');
        INSERT INTO store_usage (store_id, node, measured_at, used_bytes, total_bytes)
        VALUES ('l', 'n1', '2026-11-21T11:50:00Z', 30, 1000), ('l', 'n1', '2026-11-21T11:00:00Z', 900, 1000), ('l', 'n2', '2026-11-21T11:00:00Z', 40, 1000),
               ('l', 'n2', '2026-11-21T11:55:00Z', 999, NULL), ('l', 'gone', '2026-11-20T11:59:00Z', 999, 1000), ('r', '', '2026-11-21T11:50:00Z', 999, 1000);
        """;

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private TestDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(postgres);
        await _database.ExecuteAsync(Rows);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Every_figure_of_a_database_is_right()
    {
        var databases = (await ReadAsync(days: 3)).Databases;

        databases.Listed.Select(subject => $"{subject.Database} {subject.Host}").ShouldBe(["never h", "orders other", "orders h"]);
        var orders = databases.Listed[2];
        (orders.Runs, orders.Succeeded, orders.Failed, orders.Canceled, orders.Skipped, orders.Missed, orders.Bytes).ShouldBe((4, 3, 1, 1, 1, 1, 9500));
        (orders.SuccessRate7Days, orders.SuccessRate30Days, orders.MedianDurationSeconds).ShouldBe((3.0 / 4, 4.0 / 6, 20));
        orders.NextRunAt.ShouldBe(new DateTimeOffset(2026, 11, 22, 1, 0, 0, TimeSpan.Zero));
        // The predecessors of its type have 100, 200 and 300 bytes.
        orders.Newest.ShouldBe(new NewestGood("o1", Now.AddHours(-6), 6 * 3600, 400, "full", "integrity_check", 2));
        orders.Trend.ShouldBe([
            new TrendPoint(Now.Date.AddDays(-1).ToUtc(), 2, 0, 30, 4550), new TrendPoint(Now.Date.ToUtc(), 1, 1, 10, 400)]);
    }

    [Fact]
    public async Task The_worst_stand_first_and_are_told_even_where_they_are_not_listed()
    {
        var databases = (await ReadAsync(days: 3, limit: 1)).Databases;

        databases.Listed.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            never => never.Database.ShouldBe("never"),
            never => (never.Runs, never.Newest, never.SuccessRate30Days, never.MedianDurationSeconds).ShouldBe((0, null, null, null)),
            never => never.Trend.ShouldBeEmpty());
        (databases.Total, databases.WithoutGood, databases.FirstWithoutGood).ShouldBe((3, 1, "never at h:5432"));
        (databases.Oldest, databases.OldestAgeSeconds).ShouldBe(("orders at other:5432", 3 * 24 * 3600));
        (databases.WorstSize, databases.WorstSizeFactor).ShouldBe(("orders at h:5432", 2));
    }

    [Fact]
    public async Task A_config_is_told_by_its_own_runs()
    {
        var configs = (await ReadAsync(days: 3)).Configs;

        configs.Listed.Select(subject => subject.Config).ShouldBe(["c3", "c4", "c2", "c1"]);
        var c1 = configs.Listed[3];
        (c1.ConfigId, c1.Database, c1.Runs, c1.Succeeded, c1.Failed, c1.Canceled, c1.Skipped, c1.Missed, c1.Bytes).ShouldBe(("c1", "orders", 3, 2, 1, 0, 1, 1, 500));
        (c1.MedianDurationSeconds, c1.Newest!.Id, c1.Newest.SizeFactor).ShouldBe((15, "o1", 400.0 / 150));
        c1.NextRunAt.ShouldBe(new DateTimeOffset(2026, 11, 22, 2, 0, 0, TimeSpan.Zero));
        (configs.Total, configs.WithoutGood, configs.Oldest).ShouldBe((4, 2, "c2"));
    }

    [Fact]
    public async Task The_series_has_every_day_and_the_totals_are_those_of_thirty_days()
    {
        var facts = await ReadAsync(days: 3);

        facts.Series.ShouldBe([
            new DayStatistics(new DateOnly(2026, 11, 19), 0, 0, 1, 1, 1, null, 0), new DayStatistics(new DateOnly(2026, 11, 20), 2, 0, 0, 0, 0, 30, 9100),
            new DayStatistics(new DateOnly(2026, 11, 21), 1, 1, 0, 0, 0, 10, 400)]);
        (facts.Succeeded30Days, facts.Failed30Days, facts.Missed30Days, facts.FailedDeletes).ShouldBe((6, 2, 2, 2));
        facts.Disk.ShouldBe(new DiskShare("local", "n2", 0.04));
    }

    [Fact]
    public async Task A_filter_holds_for_everything_but_the_disk()
    {
        var config = await ReadAsync(days: 3, configId: "c2");
        (config.Databases.Total, config.Configs.Total, config.Configs.Listed[0].Config, config.Succeeded30Days, config.Failed30Days, config.FailedDeletes).ShouldBe((0, 1, "c2", 1, 0, 0));
        config.Series.Sum(day => day.Succeeded + day.Failed + day.Canceled).ShouldBe(1);

        var database = await ReadAsync(days: 3, database: "never");
        (database.Databases.Total, database.Configs.Listed.Single().Config, database.Succeeded30Days, database.FailedDeletes).ShouldBe((1, "c4", 0, 0));
        (await ReadAsync(days: 3, database: "none")).Databases.Total.ShouldBe(0);
    }

    [Fact]
    public async Task A_trend_has_31_points_at_most()
    {
        await _database.ExecuteAsync("""
            INSERT INTO db_backup_job (id, database, host, port, started_at, status, duration_sec, size_bytes)
            SELECT 'd' || d, 'daily', 'h', '1', timestamptz '2026-11-21T01:00:00Z' - d * interval '1 day', 'SUCCESS', d, d FROM generate_series(0, 400) d
            """);

        var trend = (await ReadAsync(days: 366, database: "daily")).Databases.Listed.Single().Trend;

        // 12 days each from 2025-11-21 on; the first has the days 365 to 354 back.
        trend.Count.ShouldBe(31);
        trend[0].ShouldBe(new TrendPoint(new DateTimeOffset(2025, 11, 21, 0, 0, 0, TimeSpan.Zero), 12, 0, 359.5, 359.5));
        trend.Sum(point => point.Succeeded).ShouldBe(366);
    }

    private Task<StatisticsFacts> ReadAsync(int days, int limit = 20, string? database = null, string? configId = null) =>
        new StatisticsQueries(_database.Sql).ReadAsync(new StatisticsSelection(days, Now, limit, database, configId), CancellationToken.None);
}

file static class Utc
{
    public static DateTimeOffset ToUtc(this DateTime date) => new(DateTime.SpecifyKind(date, DateTimeKind.Utc));
}
