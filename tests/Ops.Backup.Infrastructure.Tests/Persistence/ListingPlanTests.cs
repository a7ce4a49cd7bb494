using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>Asks PostgreSQL itself how it would serve each filter and sort: never by reading the whole table.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ListingPlanTests(PostgresFixture postgres)
{
    private static readonly (string Name, BackupFilter Filter)[] Filters =
    [
        ("none", new()),
        ("database", new() { Database = "db7" }),
        ("status", new() { Statuses = [BackupStatus.Failed] }),
        ("statuses", new() { Statuses = [BackupStatus.Failed, BackupStatus.Canceled] }),
        ("mode", new() { Mode = BackupMode.Oss }),
        ("type", new() { Type = BackupType.SchemaOnly }),
        ("trigger", new() { Trigger = BackupTrigger.Manual }),
        ("host", new() { Host = "host3" }),
        ("from", new() { From = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero) }),
        ("to", new() { To = new DateTimeOffset(2026, 9, 20, 0, 0, 0, TimeSpan.Zero) }),
        ("minSize", new() { MinSize = 990_000 }),
        ("maxSize", new() { MaxSize = 10_000 }),
        ("q of a word", new() { Text = "release" }),
        ("q of two Chinese characters", new() { Text = "发布" }),
        ("q of two letters", new() { Text = "zx" }),
    ];

    [Fact]
    public async Task Every_filter_sort_and_cursor_is_served_by_an_index()
    {
        await using var database = await TestDatabase.CreateAsync(postgres);
        await FillAsync(database);
        var scans = new List<string>();
        foreach (var (name, filter) in Filters)
        {
            var sql = new ListingSql(new BackupListing { Filter = filter });
            if (await ScansAsync(database, sql.Count())) scans.Add($"count of {name}");
            foreach (var sort in BackupSort.All)
            {
                if (await ScansAsync(database, new ListingSql(new BackupListing { Filter = filter, Sort = sort }).Page())) scans.Add($"{name} by {sort}");
                var after = new BackupCursor(sort, sort.Key is BackupSortKey.StartedAt ? "2026-10-01T00:00:00.0000000Z" : sort.Key is BackupSortKey.Size or BackupSortKey.Duration ? "50" : "db3", "5");
                if (await ScansAsync(database, new ListingSql(new BackupListing { Filter = filter, Sort = sort, After = after }).Page())) scans.Add($"{name} by {sort} after");
            }
        }
        scans.ShouldBeEmpty();
    }

    private static async Task FillAsync(TestDatabase database)
    {
        await database.ExecuteAsync(Rows);
        await database.ExecuteAsync("VACUUM ANALYZE db_backup_job");
    }

    // VACUUM marks no page as visible to all whose rows were committed asynchronously, as the test cluster does it.
    private const string Rows = """
        SET synchronous_commit = on;
        INSERT INTO db_backup_job (id, database, host, port, started_at, finished_at, duration_sec, mode, type, trigger, status, size_bytes, local_file, description)
        SELECT md5(g::text), 'db' || g % 40, 'host' || g % 20, '5432', s, s + interval '1 minute', g % 600, (ARRAY['local', 'oss', 'both'])[1 + g % 3],
            CASE WHEN g % 7 = 0 THEN 'schema_only' ELSE 'full' END, CASE WHEN g % 10 = 0 THEN 'manual' ELSE 'reported' END,
            CASE WHEN g % 20 = 0 THEN 'FAILED' WHEN g % 50 = 1 THEN 'CANCELED' ELSE 'SUCCESS' END, (g * 7919) % 1000000,
            '/data/db-backups/data/db' || g % 40 || '_' || g || '.dump', CASE WHEN g % 100 = 0 THEN '发布前备份 before release' END
        FROM (SELECT g, timestamptz '2026-11-21' - g * interval '2 minutes' AS s FROM generate_series(1, 60000) g) x;
        """;

    private static async Task<bool> ScansAsync(TestDatabase database, NpgsqlBatchCommand query)
    {
        object[] values = [.. query.Parameters.Select(parameter => parameter.Value!)];
        var plan = await database.Sql.QueryAsync("EXPLAIN " + query.CommandText, values, row => row.GetString(0), CancellationToken.None);
        return plan.Any(line => line.Contains("Seq Scan on db_backup_job", StringComparison.Ordinal));
    }
}
