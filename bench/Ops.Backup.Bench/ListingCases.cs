using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Bench;

internal static class ListingCases
{
    public static readonly (string Name, string Query, BackupFilter Filter)[] Filters =
    [
        ("(none)", "", new()),
        Case("database=orders_0", new() { Database = "orders_0" }),
        Case("status=FAILED", new() { Statuses = [BackupStatus.Failed] }),
        Case("status=FAILED,CANCELED", new() { Statuses = [BackupStatus.Failed, BackupStatus.Canceled] }),
        Case("mode=oss", new() { Mode = BackupMode.Oss }),
        Case("type=full", new() { Type = BackupType.Full }),
        Case("trigger=reported", new() { Trigger = BackupTrigger.Reported }),
        Case("host=db7", new() { Host = "db7" }),
        Case("from=2026-01-01", new() { From = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }),
        Case("to=2026-01-01", new() { To = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }),
        Case("minSize=9000000000", new() { MinSize = 9_000_000_000 }),
        Case("maxSize=1000000", new() { MaxSize = 1_000_000 }),
        Case("q=发布", new() { Text = "发布" }),
        Case("q=release", new() { Text = "release" }),
        Case("q=nothing-has-it", new() { Text = "nothing-has-it" }),
    ];

    /// <summary>A backup every 95 seconds: 100 databases on 40 hosts, 4 % failed, a description at every twentieth.</summary>
    public static string Rows(int count) => $"""
        INSERT INTO db_backup_job (id, started_at, finished_at, duration_sec, database, mode, status, size_bytes, local_file, remote_urls, checksum, error_msg, host, port, trigger, type,
            description, run_key)
        SELECT gen_random_uuid()::text, s, s + d * interval '1 second', d, db, (ARRAY['local', 'oss', 'both'])[1 + g % 3],
            CASE WHEN r < 0.95 THEN 'SUCCESS' WHEN r < 0.99 THEN 'FAILED' ELSE 'CANCELED' END, CASE WHEN r < 0.95 THEN (random() * 1e10)::bigint END,
            '/data/db-backups/data/' || db || '_' || to_char(s, 'YYYYMMDD"T"HH24MISS"Z"') || '_db' || g % 40 || '.dump',
            jsonb_build_array('oss://bucket/postgres/backups/' || db || '_' || g || '.dump'), md5(g::text) || md5((g + 1)::text),
            CASE WHEN r >= 0.95 THEN 'CONNECT_FAILED: connection to server at "10.0.' || g % 40 || '.7", port 5432 failed: timeout expired' END,
            'db' || g % 40, '5432', CASE WHEN g % 10 = 0 THEN 'manual' ELSE 'reported' END, CASE WHEN g % 7 = 0 THEN 'schema_only' ELSE 'full' END,
            CASE WHEN g % 20 = 0 THEN (ARRAY['订单库发布前备份', 'nightly before release', '手工备份', '迁移之前 数据检查'])[1 + g / 20 % 4] || ' ' || g END, 'k' || g
        FROM (SELECT g, timestamptz '2026-11-21' - g * interval '95 seconds' AS s, (random() * 3000)::int AS d, random() AS r,
                  (ARRAY['orders', 'users', 'billing', 'crm', '订单库'])[1 + (g % 5)] || '_' || (g % 100) AS db
              FROM generate_series(1, {count}) g) x
        """;

    private static (string Name, string Query, BackupFilter Filter) Case(string text, BackupFilter filter) =>
        (text, text[..(text.IndexOf('=', StringComparison.Ordinal) + 1)] + Uri.EscapeDataString(text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..]), filter);
}
