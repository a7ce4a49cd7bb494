using Npgsql;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>Counts in one pass along an index that is in the order of the groups, so nothing is hashed or sorted; then one step into it for each newest success.</summary>
internal static class SummarySql
{
    private const int RateDays = 30;

    private const string Databases = """
        SELECT d.database, d.host, d.port, d.count, d.succeeded, d.failed, d.bytes, d.recently_succeeded, d.recently_failed,
               newest.id, newest.started_at, newest.finished_at, newest.size_bytes
        FROM (
            SELECT database, host, port, count(*) AS count,
                   count(*) FILTER (WHERE status = 'SUCCESS') AS succeeded,
                   count(*) FILTER (WHERE status = 'FAILED') AS failed,
                   coalesce(sum(size_bytes) FILTER (WHERE status = 'SUCCESS'), 0)::bigint AS bytes,
                   count(*) FILTER (WHERE status = 'SUCCESS' AND started_at >= $1) AS recently_succeeded,
                   count(*) FILTER (WHERE status = 'FAILED' AND started_at >= $1) AS recently_failed
            FROM db_backup_job WHERE NOT deleted GROUP BY database, host, port) d
        LEFT JOIN LATERAL (
            SELECT id, started_at, finished_at, size_bytes FROM db_backup_job
            WHERE database = d.database AND host = d.host AND port = d.port AND status = 'SUCCESS' AND NOT deleted
            ORDER BY started_at DESC, id DESC LIMIT 1) newest ON true
        ORDER BY d.database, d.host, d.port
        """;

    private const string Days = """
        SELECT (started_at AT TIME ZONE 'UTC')::date,
               count(*) FILTER (WHERE status = 'SUCCESS'), count(*) FILTER (WHERE status = 'FAILED'), count(*) FILTER (WHERE status = 'CANCELED'),
               coalesce(sum(size_bytes) FILTER (WHERE status = 'SUCCESS'), 0)::bigint
        FROM db_backup_job WHERE NOT deleted AND started_at >= $1 AND started_at < $2
        GROUP BY 1
        """;

    public static async Task<BackupSummary> RunAsync(NpgsqlConnection connection, int days, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var first = today.AddDays(1 - days);
        var databases = await SqlDatabase.QueryAsync(
            connection, Databases, [now.UtcDateTime.AddDays(-RateDays)], row => DatabaseOf(row, now), cancellationToken);
        var counted = (await SqlDatabase.QueryAsync(
            connection, Days, [Midnight(first), Midnight(today.AddDays(1))],
            row => new DaySummary(row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)), cancellationToken))
            .ToDictionary(day => day.Date);
        return new BackupSummary(
            now, databases, [.. Enumerable.Range(0, days).Select(first.AddDays).Select(date => counted.GetValueOrDefault(date) ?? new DaySummary(date, 0, 0, 0, 0))]);
    }

    private static DateTime Midnight(DateOnly date) => date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);

    private static DatabaseSummary DatabaseOf(NpgsqlDataReader row, DateTimeOffset now)
    {
        var (succeeded, failed) = (row.GetInt64(7), row.GetInt64(8));
        return new DatabaseSummary
        {
            Database = row.IsDBNull(0) ? null : row.GetString(0),
            Host = row.GetString(1),
            Port = row.GetString(2),
            Count = row.GetInt64(3),
            Succeeded = row.GetInt64(4),
            Failed = row.GetInt64(5),
            Bytes = row.GetInt64(6),
            SuccessRate = succeeded + failed == 0 ? null : (double)succeeded / (succeeded + failed),
            LastSuccess = row.IsDBNull(9) ? null : NewestOf(row, now),
        };
    }

    private static NewestSuccess NewestOf(NpgsqlDataReader row, DateTimeOffset now)
    {
        var startedAt = new DateTimeOffset(row.GetDateTime(10));
        return new NewestSuccess(
            row.GetString(9), startedAt, row.IsDBNull(11) ? null : new DateTimeOffset(row.GetDateTime(11)), row.IsDBNull(12) ? null : row.GetInt64(12),
            Math.Max(0, (long)(now - startedAt).TotalSeconds));
    }
}
