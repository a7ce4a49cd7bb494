using Ops.Backup.Application.Retention;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>The list of begun deletions.</summary>
internal static class PendingDeletionSql
{
    private const string Counts = "SELECT count(delete_error), count(*) - count(delete_error) FROM db_backup_job WHERE delete_retry_at IS NOT NULL AND NOT deleted";

    private const string Items = """
        SELECT j.id, j.config_id, j.database, j.started_at, j.size_bytes, j.delete_reason IS NOT NULL, j.delete_error, j.delete_attempts, j.delete_retry_at,
               coalesce((SELECT array_agg(c.store_name ORDER BY c.store_name) FROM backup_copy c WHERE c.job_id = j.id AND c.status = 'deleting'), '{}'),
               coalesce((SELECT array_agg(DISTINCT c.node) FROM backup_copy c WHERE c.job_id = j.id AND c.status = 'deleting' AND c.kind = 'local' AND c.node IS NOT NULL), '{}')
        FROM db_backup_job j WHERE j.delete_retry_at IS NOT NULL AND NOT j.deleted
        ORDER BY j.delete_retry_at LIMIT $1
        """;

    public static async Task<PendingDeletions> ReadAsync(SqlDatabase database, int most, CancellationToken cancellationToken)
    {
        var counts = (await database.QueryAsync(Counts, [], row => (Failed: row.GetInt64(0), Waiting: row.GetInt64(1)), cancellationToken))[0];
        var items = await database.QueryAsync(
            Items, [most],
            row => new PendingDeletion(
                row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetFieldValue<DateTimeOffset>(3),
                row.IsDBNull(4) ? null : row.GetInt64(4), row.GetBoolean(5), row.GetFieldValue<string[]>(9), row.GetFieldValue<string[]>(10),
                row.IsDBNull(6) ? null : row.GetString(6), row.GetInt32(7), row.GetFieldValue<DateTimeOffset>(8)),
            cancellationToken);
        return new PendingDeletions(counts.Failed, counts.Waiting, items);
    }
}
