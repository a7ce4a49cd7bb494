using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class RecipientQueries(SqlDatabase database) : IRecipients
{
    private const string Sql = """
        WITH jobs AS (
            SELECT key.recipient, count(*) AS backups, coalesce(sum(j.size_bytes), 0)::bigint AS bytes, max(j.started_at) AS newest
            FROM db_backup_job j CROSS JOIN LATERAL (SELECT DISTINCT jsonb_array_elements_text(j.recipients) AS recipient) key
            WHERE j.recipients <> '[]' AND NOT j.deleted
              AND (j.status = 'SUCCESS' OR EXISTS (SELECT 1 FROM backup_copy c WHERE c.job_id = j.id AND c.status = 'completed'))
            GROUP BY key.recipient),
        stores AS (
            SELECT key.recipient, array_agg(s.name ORDER BY s.name) AS names
            FROM backup_store s CROSS JOIN LATERAL jsonb_array_elements_text(s.recipients) AS key (recipient) GROUP BY key.recipient)
        SELECT recipient, coalesce(stores.names, '{}'), coalesce(jobs.backups, 0), coalesce(jobs.bytes, 0), jobs.newest
        FROM jobs FULL JOIN stores USING (recipient) ORDER BY recipient
        """;

    public Task<IReadOnlyList<RecipientUse>> ListAsync(CancellationToken cancellationToken) => database.QueryAsync(
        Sql, [],
        row => new RecipientUse(row.GetString(0), row.GetFieldValue<string[]>(1), row.GetInt64(2), row.GetInt64(3), row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4)),
        cancellationToken);
}
