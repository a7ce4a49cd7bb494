using Microsoft.EntityFrameworkCore;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Retention;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>
/// Deletions as the rows have them: copies are <c>deleting</c>, <c>delete_retry_at</c> says when the next node may try, <c>delete_reason</c> that
/// all of it goes. Every decision is taken on the locked row of the backup, by the database's time.
/// </summary>
public sealed class DeletionStore(Database database, SqlDatabase sql, INodeIdentity node) : IDeletions
{
    /// <summary>Who begins a deletion has so long before another node may try too; trying twice does no harm.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(5);

    public Task<DeletionStart> BeginAsync(Deletion deletion, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            if (await DecideAsync(context, deletion, cancellationToken) is not { } whole) return DeletionStart.Changed;
            await context.Database.ExecuteSqlAsync(
                $"""
                UPDATE backup_copy SET status = 'deleting', next_try_at = NULL, claimed_by = NULL, claimed_until = NULL
                WHERE job_id = {deletion.JobId} AND ({whole} OR store_id = ANY ({deletion.StoreIds.ToArray()}))
                """, cancellationToken);
            await context.Database.ExecuteSqlAsync(
                $"""
                UPDATE db_backup_job SET delete_retry_at = now() + {Turn}, delete_reason = CASE WHEN {whole} THEN {Words.Of(DeleteReason.Retention)} END
                WHERE id = {deletion.JobId}
                """, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return whole ? DeletionStart.Whole : DeletionStart.Copies;
        },
        cancellationToken);

    public async Task<IReadOnlyList<string>> ClaimAsync(int most, CancellationToken cancellationToken) => await sql.QueryAsync(
        """
        UPDATE db_backup_job SET delete_retry_at = now() + $1
        WHERE id IN (
            SELECT j.id FROM db_backup_job j
            WHERE j.delete_retry_at <= now() AND NOT j.deleted
              AND (NOT EXISTS (SELECT 1 FROM backup_copy c WHERE c.job_id = j.id AND c.status = 'deleting')
                OR EXISTS (SELECT 1 FROM backup_copy c WHERE c.job_id = j.id AND c.status = 'deleting' AND (c.kind <> 'local' OR c.node IS NULL OR c.node = $2)))
            ORDER BY j.delete_retry_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING id
        """,
        [Turn, node.Name, most], row => row.GetString(0), cancellationToken);

    public Task<BackupJob> EndAsync(string jobId, IReadOnlyList<string> storeIds, CancellationToken cancellationToken) => ChangeAsync(
        jobId,
        async (context, job) =>
        {
            var now = (await context.Database.SqlQuery<DateTimeOffset>($"""SELECT now() AS "Value" """).ToListAsync(cancellationToken))[0];
            job.CopiesDeleted(storeIds, now);
            await context.SaveChangesAsync(cancellationToken);
            await context.Database.ExecuteSqlAsync(
                $"""
                UPDATE db_backup_job SET delete_retry_at = NULL, delete_error = NULL, delete_attempts = 0
                WHERE id = {jobId} AND NOT EXISTS (SELECT 1 FROM backup_copy WHERE job_id = {jobId} AND status = 'deleting')
                """, cancellationToken);
        },
        cancellationToken);

    public Task FailAsync(string jobId, BackupFailure failure, CancellationToken cancellationToken) => sql.ExecuteAsync(
        """
        UPDATE db_backup_job SET delete_error = $2, delete_attempts = delete_attempts + 1,
            delete_retry_at = now() + (ARRAY[1, 2, 5, 10, 30, 60])[least(delete_attempts + 1, 6)] * interval '1 minute'
        WHERE id = $1 AND NOT deleted AND delete_retry_at IS NOT NULL
        """,
        [jobId, failure.ToString()], cancellationToken);

    public Task HandOverAsync(string jobId, CancellationToken cancellationToken) => sql.ExecuteAsync(
        "UPDATE db_backup_job SET delete_retry_at = now(), delete_error = NULL, delete_attempts = 0 WHERE id = $1 AND NOT deleted AND delete_retry_at IS NOT NULL", [jobId], cancellationToken);

    public Task<bool> CanSpareAsync(CopyKey copy, CancellationToken cancellationToken) => database.RunAsync(
        context => CanSpareAsync(context, copy.JobId, copy.StoreId, cancellationToken), cancellationToken);

    public Task TakeBackAsync(CopyKey copy, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            await context.Database.ExecuteSqlAsync($"UPDATE db_backup_job SET delete_reason = NULL WHERE id = {copy.JobId} AND NOT deleted", cancellationToken);
            await context.Database.ExecuteSqlAsync(
                $"UPDATE backup_copy SET status = 'completed' WHERE job_id = {copy.JobId} AND store_id = {copy.StoreId} AND status = 'deleting'", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        },
        cancellationToken);

    public Task HoldAsync(string jobId, Hold? hold, CancellationToken cancellationToken) => ChangeAsync(
        jobId,
        async (context, job) =>
        {
            job.PutOnHold(hold);
            await context.Database.ExecuteSqlAsync($"UPDATE db_backup_job SET hold_until = {hold?.Until.UtcDateTime}, hold_reason = {hold?.Reason} WHERE id = {jobId}", cancellationToken);
        },
        cancellationToken);

    public Task<PendingDeletions> ListAsync(int most, CancellationToken cancellationToken) => PendingDeletionSql.ReadAsync(sql, most, cancellationToken);

    public async Task<IReadOnlyList<RunRecords>> FindRecordsAsync(int most, CancellationToken cancellationToken) => await sql.QueryAsync(
        "SELECT id, report_file, log_file FROM db_backup_job WHERE deleted AND delete_reason = 'retention' AND node = $1 AND (report_file IS NOT NULL OR log_file IS NOT NULL) LIMIT $2",
        [node.Name, most], row => new RunRecords(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)), cancellationToken);

    public Task ForgetRecordsAsync(string jobId, CancellationToken cancellationToken) =>
        sql.ExecuteAsync("UPDATE db_backup_job SET report_file = NULL, log_file = NULL WHERE id = $1 AND deleted", [jobId], cancellationToken);

    // Null when it is not what the plan saw; else whether all of it goes. The copies are locked too, so that no repair begins meanwhile.
    private static async Task<bool?> DecideAsync(BackupDbContext context, Deletion deletion, CancellationToken cancellationToken)
    {
        var rows = await context.Database.SqlQuery<string>(
            $"""
            SELECT status AS "Value" FROM db_backup_job
            WHERE id = {deletion.JobId} AND config_id = {deletion.ConfigId} AND NOT deleted AND delete_reason IS NULL AND retry_at IS NULL
              AND status IN ('SUCCESS', 'FAILED', 'CANCELED') AND (hold_until IS NULL OR hold_until <= now())
            FOR UPDATE
            """).ToListAsync(cancellationToken);
        if (rows.Count == 0) return null;
        var copies = await context.Database.SqlQuery<CopyState>(
            $"""
            SELECT store_id AS "StoreId", status AS "Status", coalesce(status = 'syncing' AND claimed_until >= now(), false) AS "IsBusy"
            FROM backup_copy WHERE job_id = {deletion.JobId} FOR UPDATE
            """).ToListAsync(cancellationToken);
        var good = copies.Where(copy => copy.Status is "completed").Select(copy => copy.StoreId).ToHashSet(StringComparer.Ordinal);
        if (copies.Exists(copy => copy.IsBusy) || !good.IsSupersetOf(deletion.StoreIds)) return null;
        if (deletion.StoreIds.Count == 0) return good.Count == 0 && rows[0] is not "SUCCESS" ? true : null;
        foreach (var store in deletion.StoreIds)
            if (!await CanSpareAsync(context, deletion.JobId, store, cancellationToken)) return null;
        return good.Count == deletion.StoreIds.Count;
    }

    private static async Task<bool> CanSpareAsync(BackupDbContext context, string jobId, string storeId, CancellationToken cancellationToken)
    {
        var proven = await context.Database.SqlQueryRaw<bool>(RetentionSql.IsProvenNow, jobId).ToListAsync(cancellationToken);
        return (await context.Database.SqlQueryRaw<string>(RetentionSql.NewerGood, jobId, storeId).ToListAsync(cancellationToken)).Count > 0
            && (proven is not [true] || (await context.Database.SqlQueryRaw<string>(RetentionSql.NewerProven, jobId, storeId).ToListAsync(cancellationToken)).Count > 0);
    }

    private Task<BackupJob> ChangeAsync(string jobId, Func<BackupDbContext, BackupJob, Task> change, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            // The lock comes first: what is read after it is what the last one wrote.
            await context.Database.ExecuteSqlAsync($"SELECT 1 FROM db_backup_job WHERE id = {jobId} FOR UPDATE", cancellationToken);
            var job = await context.Jobs.Include(row => row.Copies).FirstOrDefaultAsync(row => row.Id == jobId && !row.Deleted, cancellationToken) ?? throw BackupJobErrors.NotFound(jobId);
            await change(context, job);
            await transaction.CommitAsync(cancellationToken);
            return job;
        },
        cancellationToken);

    private sealed record CopyState(string StoreId, string Status, bool IsBusy);
}
