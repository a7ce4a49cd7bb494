using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>
/// The statements of the statistics. Every look at the jobs is a range of an index: of the time, or of one database's or config's own
/// times. $1 midnight of the first day, $2 now, $3 the start of all that is looked at, $4 the limit, $5 days of a point of the trend, $6 the filter's value.
/// </summary>
internal static class StatisticsSql
{
    private const string Skipped = "status = 'CANCELED' AND error_msg LIKE 'SKIPPED:%'";

    private const string Missed = "status = 'CANCELED' AND error_msg LIKE 'MISSED:%'";

    private const string Counts = $"""
        count(*) FILTER (WHERE status = 'SUCCESS' AND started_at >= $1) AS succeeded,
        count(*) FILTER (WHERE status = 'FAILED' AND started_at >= $1) AS failed,
        count(*) FILTER (WHERE status = 'CANCELED' AND started_at >= $1) AS ended,
        count(*) FILTER (WHERE {Skipped} AND started_at >= $1) AS skipped,
        count(*) FILTER (WHERE {Missed} AND started_at >= $1) AS missed,
        count(*) FILTER (WHERE status = 'SUCCESS' AND started_at >= $2 - interval '7 days') AS succeeded7,
        count(*) FILTER (WHERE status = 'FAILED' AND started_at >= $2 - interval '7 days') AS failed7,
        count(*) FILTER (WHERE status = 'SUCCESS' AND started_at >= $2 - interval '30 days') AS succeeded30,
        count(*) FILTER (WHERE status = 'FAILED' AND started_at >= $2 - interval '30 days') AS failed30,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_sec) FILTER (WHERE status = 'SUCCESS' AND started_at >= $1) AS median_duration,
        coalesce(sum(size_bytes) FILTER (WHERE status = 'SUCCESS' AND started_at >= $1), 0)::bigint AS bytes,
        count(*) FILTER (WHERE {Missed} AND started_at >= $2 - interval '30 days') AS missed30
        """;

    private const string OfDatabase = "j.database = s.database AND j.host = s.host AND j.port = s.port";

    private const string OfConfig = "j.config_id = s.config_id";

    /// <summary>Each database that is a source or has backups. Those with backups are found by jumping along the index from one to the next.</summary>
    public static string Databases(StatisticsSelection selection)
    {
        var (ofJobs, ofSources) = selection.Database is null ? ("", "") : ("AND database = $6", "WHERE database = $6");
        return Subjects(
            $"""
            known AS (
                (SELECT database, host, port FROM db_backup_job WHERE NOT deleted AND database IS NOT NULL {ofJobs} ORDER BY database, host, port LIMIT 1)
                UNION ALL
                SELECT following.* FROM known CROSS JOIN LATERAL (
                    SELECT database, host, port FROM db_backup_job WHERE NOT deleted AND (database, host, port) > (known.database, known.host, known.port) {ofJobs}
                    ORDER BY database, host, port LIMIT 1) following),
            subject AS (
                SELECT database, host, port, NULL::text AS config_id, NULL::text AS config, NULL::timestamptz AS next_run_at FROM (
                    SELECT * FROM known UNION SELECT database, host, port::text FROM database_source {ofSources}) place)
            """,
            "database, host, port", ofJobs, OfDatabase,
            """
            (SELECT min(c.next_run_at) FROM backup_config c JOIN database_source d ON d.id = c.source_id
             WHERE c.enabled AND d.database = s.database AND d.host = s.host AND d.port::text = s.port)
            """,
            "s.database || ' at ' || s.host || ':' || s.port");
    }

    public static string Configs(StatisticsSelection selection) => Subjects(
        $"""
        subject AS (
            SELECT d.database, d.host, d.port::text AS port, c.id::text AS config_id, c.name AS config, c.next_run_at
            FROM backup_config c JOIN database_source d ON d.id = c.source_id
            {(selection.ConfigId is not null ? "WHERE c.id = $6" : selection.Database is not null ? "WHERE d.database = $6" : "")})
        """,
        "config_id", "AND config_id IS NOT NULL" + Filter(selection), OfConfig, "s.next_run_at", "s.config");

    public static string Days(StatisticsSelection selection) => $"""
        SELECT (started_at AT TIME ZONE 'UTC')::date, {Counts}
        FROM db_backup_job WHERE NOT deleted AND started_at >= $3 AND started_at <= $2 {Filter(selection)}
        GROUP BY 1 ORDER BY 1
        """;

    public const string Disk = """
        SELECT s.name, u.node, u.used_bytes::float8 / u.total_bytes FROM (
            SELECT DISTINCT ON (store_id, node) * FROM store_usage
            WHERE measured_at > $1 - interval '1 day' AND total_bytes > 0 ORDER BY store_id, node, measured_at DESC) u
        JOIN backup_store s ON s.id = u.store_id AND s.kind = 'local'
        ORDER BY 3 DESC LIMIT 1
        """;

    public static string FailedDeletes(StatisticsSelection selection) =>
        $"SELECT count(*) FROM db_backup_job WHERE delete_retry_at IS NOT NULL{Filter(selection).Replace("$6", "$1", StringComparison.Ordinal)}";

    private static string Filter(StatisticsSelection selection) =>
        selection.ConfigId is not null ? " AND config_id = $6" : selection.Database is not null ? " AND database = $6" : "";

    private static string Subjects(string subject, string keys, string filter, string same, string nextRun, string name) => $"""
        WITH RECURSIVE {subject},
        counted AS (
            SELECT {keys}, {Counts} FROM db_backup_job
            WHERE NOT deleted AND started_at >= $3 AND started_at <= $2 {filter} GROUP BY {keys}),
        ranked AS MATERIALIZED (
            SELECT s.*, {name} AS name, newest.id, newest.started_at, newest.size_bytes, newest.type, newest.size_bytes / nullif(before.median, 0) AS size_factor
            FROM subject s
            LEFT JOIN LATERAL (
                SELECT id, started_at, size_bytes, type FROM db_backup_job j
                WHERE {same} AND status = 'SUCCESS' AND NOT deleted AND started_at <= $2 ORDER BY started_at DESC, id DESC LIMIT 1) newest ON true
            LEFT JOIN LATERAL (
                SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY last.size_bytes) AS median FROM (
                    SELECT id, type, size_bytes FROM db_backup_job j
                    WHERE {same} AND status = 'SUCCESS' AND NOT deleted AND started_at <= $2 ORDER BY started_at DESC, id DESC LIMIT 31) last
                WHERE last.id <> newest.id AND last.type = newest.type) before ON true),
        listed AS (
            SELECT s.database, s.host, s.port, s.config_id AS "configId", s.config, {nextRun} AS "nextRunAt",
                   coalesce(c.succeeded + c.failed, 0) AS runs, coalesce(c.succeeded, 0) AS succeeded, coalesce(c.failed, 0) AS failed,
                   coalesce(c.ended - c.skipped - c.missed, 0) AS canceled, coalesce(c.skipped, 0) AS skipped, coalesce(c.missed, 0) AS missed,
                   c.succeeded7::float8 / nullif(c.succeeded7 + c.failed7, 0) AS "successRate7Days", c.succeeded30::float8 / nullif(c.succeeded30 + c.failed30, 0) AS "successRate30Days",
                   c.median_duration AS "medianDurationSeconds", coalesce(c.bytes, 0) AS bytes,
                   CASE WHEN s.id IS NOT NULL THEN jsonb_build_object(
                       'id', s.id, 'startedAt', s.started_at, 'ageSeconds', floor(extract(epoch FROM $2 - s.started_at))::bigint, 'sizeBytes', s.size_bytes, 'type', s.type,
                       'sizeFactor', s.size_factor, 'proof', (
                           SELECT v.verification_type FROM backup_verification v WHERE v.job_id = s.id AND v.verification_status = 'passed'
                           ORDER BY array_position(ARRAY['restore_test', 'integrity_check', 'checksum'], v.verification_type) LIMIT 1)) END AS newest,
                   (SELECT coalesce(jsonb_agg(jsonb_build_object(
                               'from', $1 + point.number * $5 * interval '1 day', 'succeeded', point.succeeded, 'failed', point.failed,
                               'medianDurationSeconds', point.duration, 'medianBytes', point.bytes) ORDER BY point.number), '[]')
                    FROM (
                        SELECT floor(extract(epoch FROM started_at - $1) / (86400 * $5))::integer AS number,
                               count(*) FILTER (WHERE status = 'SUCCESS') AS succeeded, count(*) FILTER (WHERE status = 'FAILED') AS failed,
                               percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_sec) FILTER (WHERE status = 'SUCCESS') AS duration,
                               percentile_cont(0.5) WITHIN GROUP (ORDER BY size_bytes) FILTER (WHERE status = 'SUCCESS') AS bytes
                        FROM db_backup_job j
                        WHERE {same} AND NOT deleted AND started_at >= $1 AND started_at <= $2 AND status IN ('SUCCESS', 'FAILED') GROUP BY 1) point) AS trend
            FROM (SELECT * FROM ranked ORDER BY started_at NULLS FIRST, name LIMIT $4) s
            LEFT JOIN counted c USING ({keys})
            ORDER BY s.started_at NULLS FIRST, s.name)
        SELECT jsonb_build_object(
            'total', (SELECT count(*) FROM ranked), 'withoutGood', (SELECT count(*) FROM ranked WHERE id IS NULL),
            'firstWithoutGood', (SELECT min(name) FROM ranked WHERE id IS NULL),
            'oldest', oldest.name, 'oldestAgeSeconds', floor(extract(epoch FROM $2 - oldest.started_at))::bigint,
            'worstSize', worst.name, 'worstSizeFactor', worst.size_factor,
            'listed', (SELECT coalesce(jsonb_agg(to_jsonb(listed)), '[]') FROM listed))
        FROM (SELECT 1) one
        LEFT JOIN (SELECT name, started_at FROM ranked WHERE id IS NOT NULL ORDER BY started_at, name LIMIT 1) oldest ON true
        LEFT JOIN (
            SELECT name, size_factor FROM ranked WHERE size_factor IS NOT NULL
            ORDER BY CASE WHEN size_factor = 0 THEN 'Infinity' ELSE greatest(size_factor, 1 / size_factor) END DESC, name LIMIT 1) worst ON true
        """;
}
