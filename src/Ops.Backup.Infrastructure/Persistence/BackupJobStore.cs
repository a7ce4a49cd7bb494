using Microsoft.EntityFrameworkCore;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Verification;
using Ops.Backup.Infrastructure.Jobs;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>
/// The jobs in PostgreSQL. Who may change a row is decided by conditional statements on the server, and times of leases are the
/// server's: the nodes' clocks may differ.
/// </summary>
public sealed class BackupJobStore(Database database, INodeIdentity node, JobArrivals arrivals) : IBackupJobs
{
    public Task<BackupJob> GetAsync(string id, CancellationToken cancellationToken) => database.RunAsync(
        async context => await context.Jobs.AsNoTracking().Include(job => job.Copies).FirstOrDefaultAsync(job => job.Id == id && !job.Deleted, cancellationToken)
            ?? throw BackupJobErrors.NotFound(id),
        cancellationToken);

    public Task AddAsync(BackupJob job, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            context.Jobs.Add(job);
            try
            {
                await context.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException e) when (Database.Violation(e) is "ux_db_backup_job_equal")
            {
                throw await EqualRequestAsync(job, cancellationToken);
            }
            arrivals.Announce();
        },
        cancellationToken);

    public Task<LeaseState> HeartbeatAsync(string id, BackupProgress progress, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            var cancel = await context.Database.SqlQuery<bool>(
                $"""
                UPDATE db_backup_job
                SET lease_until = now() + {Lease.Duration}, phase = {Words.Of(progress.Phase)}, bytes_so_far = {progress.Bytes}
                WHERE id = {id} AND status = 'RUNNING' AND lease_owner = {node.InstanceId}
                RETURNING cancel_requested AS "Value"
                """).ToListAsync(cancellationToken);
            return cancel switch { [] => LeaseState.Lost, [true, ..] => LeaseState.CancelRequested, _ => LeaseState.Held };
        },
        cancellationToken);

    public Task<bool> SaveOwnAsync(BackupJob job, CancellationToken cancellationToken) => SaveIfAsync(
        job, $"status = 'RUNNING' AND lease_owner = {node.InstanceId}", cancellationToken);

    public Task<bool> SaveAbandonedAsync(BackupJob job, CancellationToken cancellationToken) => SaveIfAsync(
        job, $"status = 'RUNNING' AND (lease_until < now() OR (node = {node.Name} AND lease_owner <> {node.InstanceId}))", cancellationToken);

    public async Task SaveIdleAsync(BackupJob job, BackupStatus expected, CancellationToken cancellationToken)
    {
        if (!await SaveIfAsync(job, $"status = {Words.Of(expected)} AND NOT deleted", cancellationToken))
            throw BackupJobErrors.WrongState(await GetAsync(job.Id, cancellationToken), "changed now");
    }

    public Task<bool> RequestCancelAsync(string id, CancellationToken cancellationToken) => database.RunAsync(
        async context => await context.Database.ExecuteSqlAsync(
            $"UPDATE db_backup_job SET cancel_requested = true WHERE id = {id} AND status = 'RUNNING' AND trigger <> 'reported'", cancellationToken) == 1,
        cancellationToken);

    public Task<IReadOnlyList<BackupJob>> FindAbandonedAsync(bool ownOfEarlierLife, CancellationToken cancellationToken) => FindAsync(
        $"SELECT * FROM db_backup_job WHERE status = 'RUNNING' AND (lease_until < now() OR ({ownOfEarlierLife} AND node = {node.Name} AND lease_owner <> {node.InstanceId}))",
        cancellationToken);

    public Task<IReadOnlyList<BackupJob>> FindReapedOfThisNodeAsync(CancellationToken cancellationToken) => FindAsync(
        $"""
        SELECT * FROM db_backup_job
        WHERE status = 'FAILED' AND node = {node.Name} AND error_msg LIKE 'ABANDONED:%' AND started_at > now() - interval '30 days' AND NOT deleted
        """,
        cancellationToken);

    public Task<IReadOnlyList<string>> FindUnverifiedOfThisNodeAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<string>>(
        async context => await context.Database.SqlQuery<string>(
            $"""
            SELECT id AS "Value" FROM db_backup_job j
            WHERE status = 'SUCCESS' AND node = {node.Name} AND lease_owner IS DISTINCT FROM {node.InstanceId} AND trigger <> 'reported' AND NOT deleted
              AND started_at > now() - interval '30 days' AND NOT EXISTS (SELECT 1 FROM backup_verification v WHERE v.job_id = j.id)
            ORDER BY started_at DESC
            """).ToListAsync(cancellationToken),
        cancellationToken);

    public Task<string?> FindUnfinishedOfAsync(string sourceId, CancellationToken cancellationToken) => database.RunAsync(
        async context => await context.Jobs
            .Where(job => job.SourceId == sourceId && (job.Status == BackupStatus.Pending || job.Status == BackupStatus.Running))
            .Select(job => job.Id).FirstOrDefaultAsync(cancellationToken),
        cancellationToken);

    public Task AddVerificationAsync(BackupVerification verification, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            context.Verifications.Add(verification);
            await context.SaveChangesAsync(cancellationToken);
        },
        cancellationToken);

    public Task<BackupJob> SettleAsync(string id, IReadOnlyList<StoredCopy> outcomes, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            // The lock comes first: what is read after it is what the last one wrote.
            await context.Database.ExecuteSqlAsync($"SELECT 1 FROM db_backup_job WHERE id = {id} FOR UPDATE", cancellationToken);
            var job = await context.Jobs.Include(row => row.Copies).FirstOrDefaultAsync(row => row.Id == id && !row.Deleted, cancellationToken) ?? throw BackupJobErrors.NotFound(id);
            job.Settle(outcomes, now);
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return job;
        },
        cancellationToken);

    public Task<bool> FoundAsync(string id, FoundCopy found, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            await context.Database.ExecuteSqlAsync($"SELECT 1 FROM db_backup_job WHERE id = {id} FOR UPDATE", cancellationToken);
            var job = await context.Jobs.Include(row => row.Copies).FirstOrDefaultAsync(row => row.Id == id && !row.Deleted, cancellationToken);
            if (job?.Found(found.Store, found.Node, found.Copy, found.Files, now) != true) return false;
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        },
        cancellationToken);

    // Rows of an older platform may lack what every job has.
    public Task<IReadOnlyList<BackupJob>> ListAsync(string afterId, int count, CancellationToken cancellationToken) => FindAsync(
        $"""
        SELECT * FROM db_backup_job
        WHERE id > {afterId} AND NOT deleted AND database IS NOT NULL AND status IS NOT NULL AND mode IS NOT NULL AND tool IS NOT NULL
        ORDER BY id LIMIT {count}
        """,
        cancellationToken);

    public Task<CopyKey?> ClaimRepairAsync(CancellationToken cancellationToken) => database.RunAsync(
        async context => (await context.Database.SqlQuery<CopyKey>(
            $"""
            UPDATE backup_copy SET status = 'syncing', claimed_by = {node.InstanceId}, claimed_until = now() + {Lease.Duration}, node = CASE WHEN kind = 'local' THEN {node.Name} END
            WHERE (job_id, store_id) = (
                SELECT c.job_id, c.store_id FROM backup_copy c JOIN db_backup_job j ON j.id = c.job_id
                WHERE (c.status = 'failed' AND c.next_try_at <= now() OR c.status = 'syncing' AND c.claimed_until < now())
                  AND NOT j.deleted AND j.status = 'FAILED' AND (c.kind <> 'local' OR c.node IS NULL OR c.node = {node.Name})
                  AND EXISTS (
                      SELECT 1 FROM backup_copy good
                      WHERE good.job_id = c.job_id AND good.status = 'completed' AND (good.kind <> 'local' OR good.node IS NULL OR good.node = {node.Name}))
                ORDER BY c.next_try_at NULLS FIRST LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
            RETURNING job_id AS "JobId", store_id AS "StoreId"
            """).ToListAsync(cancellationToken)).FirstOrDefault(),
        cancellationToken);

    public Task<bool> KeepRepairAsync(CopyKey copy, CancellationToken cancellationToken) => database.RunAsync(
        async context => await context.Database.ExecuteSqlAsync(
            $"""
            UPDATE backup_copy SET claimed_until = now() + {Lease.Duration}
            WHERE job_id = {copy.JobId} AND store_id = {copy.StoreId} AND status = 'syncing' AND claimed_by = {node.InstanceId}
            """, cancellationToken) == 1,
        cancellationToken);

    public Task<bool> RequestRepairAsync(CopyKey copy, CancellationToken cancellationToken) => database.RunAsync(
        async context => await context.Database.ExecuteSqlAsync(
            $"UPDATE backup_copy SET next_try_at = now() WHERE job_id = {copy.JobId} AND store_id = {copy.StoreId} AND status = 'failed'", cancellationToken) == 1,
        cancellationToken);

    private async Task<ConflictException> EqualRequestAsync(BackupJob job, CancellationToken cancellationToken) => await database.RunAsync(
        async context =>
        {
            var running = await context.Jobs
                .Where(other => other.SourceId == job.SourceId && other.RequestKey == job.RequestKey
                    && (other.Status == BackupStatus.Pending || other.Status == BackupStatus.Running))
                .Select(other => other.Id).FirstOrDefaultAsync(cancellationToken);
            return BackupJobErrors.AlreadyRunning(job.Database, running ?? "it has just finished");
        },
        cancellationToken);

    private Task<IReadOnlyList<BackupJob>> FindAsync(FormattableString sql, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<BackupJob>>(
        async context => await context.Jobs.FromSql(sql).AsNoTracking().Include(job => job.Copies).ToListAsync(cancellationToken), cancellationToken);

    // Who read the backup a while ago may not know that retention has taken copies of it, or takes them now.
    private static async Task KeepDeletionsAsync(BackupDbContext context, BackupJob job, CancellationToken cancellationToken)
    {
        var kept = await context.Database.SqlQuery<string>(
            $"SELECT store_id AS \"Value\" FROM backup_copy WHERE job_id = {job.Id} AND status <> 'deleting' FOR UPDATE").ToListAsync(cancellationToken);
        foreach (var copy in context.ChangeTracker.Entries<BackupCopy>().Where(copy => copy.State is EntityState.Modified && !kept.Contains(copy.Entity.StoreId, StringComparer.Ordinal)))
            copy.State = EntityState.Unchanged;
    }

    // The row is locked by the condition and written in one transaction, so nothing comes between.
    private Task<bool> SaveIfAsync(BackupJob job, FormattableString condition, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            var sql = $"SELECT 1 AS \"Value\" FROM db_backup_job WHERE id = {{{condition.ArgumentCount}}} AND {condition.Format} AND delete_reason IS NULL FOR UPDATE";
            object[] arguments = [.. condition.GetArguments().Select(argument => argument!), job.Id];
            if ((await context.Database.SqlQueryRaw<int>(sql, arguments).ToListAsync(cancellationToken)).Count == 0) return false;
            context.Jobs.Update(job);
            await KeepDeletionsAsync(context, job, cancellationToken);
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        },
        cancellationToken);
}
