namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>What retention and its deletions ask of a row; both have to mean the same.</summary>
internal static class RetentionSql
{
    /// <summary>
    /// Of the backup <c>j</c>. A checksum tells that the bytes are those that were written, not that they can be restored; where a
    /// backup is encrypted it may be all that can be had.
    /// </summary>
    public const string IsProven = """
        coalesce((
            SELECT bool_and(v.verification_status = 'passed') AND bool_or(v.verification_type <> 'checksum' OR j.recipients <> '[]')
            FROM backup_verification v WHERE v.job_id = j.id), false)
        """;

    /// <summary>A good backup <c>j</c> of the config of <c>x</c>, good in the store {1}, newer than <c>x</c>, which is {0} and newer than <c>x</c>, which is {0}; <c>x</c> may hide it.</summary>
    private const string Newer = """
        SELECT j.id AS "Value" FROM db_backup_job x JOIN db_backup_job j ON j.config_id = x.config_id
        JOIN backup_copy good ON good.job_id = j.id AND good.store_id = {1} AND good.status = 'completed'
        WHERE x.id = {0} AND NOT j.deleted AND j.delete_reason IS NULL AND j.status IN ('SUCCESS', 'FAILED')
          AND j.started_at <= now() AND (j.started_at, j.id) > (x.started_at, x.id)
        """;

    // Locked, so that it is not deleted or condemned between the look and the decision that it allows.
    private const string First = " ORDER BY j.started_at DESC, j.id DESC LIMIT 1 FOR SHARE OF j, good";

    public const string NewerGood = Newer + First;

    public const string NewerProven = Newer + " AND " + IsProven + First;

    public const string IsProvenNow = $"SELECT {IsProven} AS \"Value\" FROM db_backup_job j WHERE j.id = {{0}}";
}
