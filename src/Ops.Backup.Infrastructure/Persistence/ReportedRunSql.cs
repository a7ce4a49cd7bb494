namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>The statements that load reports. What may overwrite a row is decided here, by the server, on the locked row.</summary>
internal static class ReportedRunSql
{
    public const string HasAdopted = "SELECT EXISTS (SELECT 1 FROM db_backup_job WHERE run_key IS NULL AND trigger = 'reported' AND host = '')";

    // A row that its node runs, or will run, is the node's. A newer version of a report counts; a success also where the reaper gave
    // the run up: it did end well after all. And nothing is written where nothing changes.
    private static readonly string MayOverwrite = $"""
        NOT t.deleted
            AND t.status IS DISTINCT FROM 'PENDING'
            AND NOT (t.status IS NOT DISTINCT FROM 'RUNNING' AND coalesce(t.lease_until >= now(), false))
            AND (t.report_modified_at IS NULL OR t.report_modified_at < excluded.report_modified_at
                OR (t.status = 'FAILED' AND t.error_msg LIKE 'ABANDONED:%' AND excluded.status = 'SUCCESS'))
            AND {ReportColumns.Differs}
        """;

    /// <summary>Reports of this service's own runs: their id is the row's. An id alone is easily copied, so the database has to be the same too.</summary>
    public static readonly string LoadOwn = Load("id", "i.id", "(id)", " AND t.database = excluded.database AND t.host = excluded.host AND t.port = excluded.port");

    public static readonly string LoadForeign = Load("run_key", "i.run_key", "(run_key) WHERE run_key IS NOT NULL", "");

    /// <summary>Rows of an older platform know no host, so they are found by database and start, and from then on have their run's key.</summary>
    public static readonly string Adopt = $"""
        UPDATE db_backup_job t SET run_key = i.run_key, {ReportColumns.SetFromInput}
        FROM (
            SELECT DISTINCT ON (i.run_key) i.*, old.id AS old_id
            FROM {ReportColumns.Input}
            JOIN db_backup_job old ON old.database = i.database AND old.started_at = i.started_at
            WHERE old.run_key IS NULL AND old.trigger = 'reported' AND old.host = ''
                AND NOT EXISTS (SELECT 1 FROM db_backup_job known WHERE known.run_key = i.run_key)
            ORDER BY i.run_key, old.id) i
        WHERE t.id = i.old_id AND t.run_key IS NULL
        """;

    /// <summary>The rows that a load left as they are.</summary>
    public const string Left = """
        SELECT id, run_key, database, host, port, NOT deleted AND (status = 'PENDING' OR (status = 'RUNNING' AND coalesce(lease_until >= now(), false)))
        FROM db_backup_job WHERE id = ANY ($1) OR run_key = ANY ($2)
        """;

    /// <summary>
    /// The copies that reports of our own runs tell of, in the stores that are known by those names. One that failed is due for
    /// repair at once: nobody knows any more how often it was tried.
    /// </summary>
    public const string LoadCopies = """
        INSERT INTO backup_copy (job_id, store_id, store_name, kind, node, status, url, size_bytes, checksum, error_msg, next_try_at)
        SELECT i.job_id, s.id, s.name, s.kind, i.node, i.status, i.url, i.size_bytes, i.checksum, i.error_msg, CASE i.status WHEN 'completed' THEN NULL ELSE now() END
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[])
            AS i (job_id, store, kind, node, status, url, size_bytes, checksum, error_msg)
        JOIN backup_store s ON s.name = i.store AND s.kind = i.kind
        ORDER BY i.job_id, s.id
        ON CONFLICT (job_id, store_id) DO UPDATE SET
            node = excluded.node, status = excluded.status, url = excluded.url, size_bytes = excluded.size_bytes, checksum = excluded.checksum,
            error_msg = excluded.error_msg, next_try_at = excluded.next_try_at, attempts = 0
        """;

    // In order of the key, so that nodes that load the same reports wait for each other instead of dead-locking.
    private static string Load(string key, string order, string arbiter, string condition) => $"""
        INSERT INTO db_backup_job AS t (id, run_key, {ReportColumns.Names})
        SELECT i.id, i.run_key, {ReportColumns.Values} FROM {ReportColumns.Input} ORDER BY {order}
        ON CONFLICT {arbiter} DO UPDATE SET {ReportColumns.SetFromExcluded}
        WHERE {MayOverwrite}{condition}
        RETURNING t.{key}, t.id, t.xmax = 0
        """;
}
