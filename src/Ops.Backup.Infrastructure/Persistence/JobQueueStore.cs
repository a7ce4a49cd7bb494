using Microsoft.EntityFrameworkCore;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Jobs;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>
/// The queue is the table of jobs. Nodes take turns in claiming, so that limits hold exactly however many of them look at once; a claim
/// takes a few milliseconds.
/// </summary>
public sealed class JobQueueStore(Database database, INodeIdentity node, JobArrivals arrivals) : IJobQueue
{
    // Any constant will do; it only has to be the same on every node, and not that of the migrations or of the stores.
    private const long ClaimLockKey = 0x4F707351756575;

    private static readonly TimeSpan IdlersTurn = TimeSpan.FromSeconds(1.5);

    public Task<string?> ClaimNextAsync(int maxPerHost, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            var labels = node.Labels.ToArray();
            // Most looks find nothing; they take no lock.
            var waits = await context.Database.SqlQuery<bool>($"""SELECT EXISTS (SELECT 1 FROM db_backup_job WHERE status = 'PENDING') AS "Value" """).SingleAsync(cancellationToken);
            if (!waits) return null;
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({ClaimLockKey})", cancellationToken);
            var claimed = await context.Database.SqlQuery<string>(
                $"""
                WITH running AS MATERIALIZED (SELECT id, source_id, host, node FROM db_backup_job WHERE status = 'RUNNING'),
                -- Alive nodes that run less than this one look once a second; a new job is left to them for that long.
                idler AS MATERIALIZED (
                    SELECT 1 FROM service_node other
                    WHERE other.name <> {node.Name} AND other.role <> 'api' AND NOT other.stopping AND other.heartbeat_at > now() - interval '15 seconds'
                      AND (SELECT count(*) FROM running WHERE running.node = other.name) < (SELECT count(*) FROM running WHERE running.node = {node.Name}))
                UPDATE db_backup_job job
                SET status = 'RUNNING', started_at = now(), node = {node.Name}, lease_owner = {node.InstanceId},
                    lease_until = now() + {Lease.Duration}, phase = 'connecting', cancel_requested = false,
                    estimated_bytes = (
                        SELECT last.size_bytes FROM db_backup_job last
                        WHERE last.source_id = job.source_id AND last.request_key = job.request_key AND last.status = 'SUCCESS'
                        ORDER BY last.started_at DESC LIMIT 1)
                WHERE job.id = (
                    SELECT waiting.id FROM db_backup_job waiting
                    WHERE waiting.status = 'PENDING' AND waiting.source_id IS NOT NULL
                      AND (waiting.wanted_node IS NULL OR waiting.wanted_node = {node.Name})
                      AND (waiting.wanted_label IS NULL OR waiting.wanted_label = ANY ({labels}))
                      AND (waiting.due_at < now() - {IdlersTurn} OR NOT EXISTS (SELECT 1 FROM idler))
                      AND NOT EXISTS (SELECT 1 FROM running WHERE running.source_id = waiting.source_id)
                      AND ({maxPerHost} = 0 OR (SELECT count(*) FROM running WHERE running.host = waiting.host) < {maxPerHost})
                      AND NOT EXISTS (
                          SELECT 1 FROM backup_copy copy JOIN backup_store store ON store.id = copy.store_id
                          WHERE copy.job_id = waiting.id AND store.max_concurrent IS NOT NULL AND store.max_concurrent <= (
                              SELECT count(*) FROM running JOIN backup_copy busy ON busy.job_id = running.id WHERE busy.store_id = store.id))
                    ORDER BY waiting.priority DESC, waiting.due_at, waiting.id LIMIT 1)
                RETURNING job.id AS "Value"
                """).ToListAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return claimed.FirstOrDefault();
        },
        cancellationToken);

    public Task<int> StartRetriesAsync(int most, Func<DueRetry, BackupJob?> retry, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            var now = await context.Database.SqlQuery<DateTimeOffset>($"""SELECT now() AS "Value" """).SingleAsync(cancellationToken);
            var due = await context.Jobs.FromSql(
                $"""SELECT * FROM db_backup_job WHERE retry_at <= now() ORDER BY retry_at LIMIT {most} FOR UPDATE SKIP LOCKED""")
                .Include(job => job.Copies).AsSplitQuery().ToListAsync(cancellationToken);
            if (due.Count == 0) return 0;
            var stores = await context.Stores.AsNoTracking().ToListAsync(cancellationToken);
            foreach (var failed in due)
            {
                var source = await context.Sources.AsNoTracking().FirstOrDefaultAsync(row => row.Id == failed.SourceId, cancellationToken);
                var equal = failed.Deleted || await context.Jobs.AnyAsync(
                    job => job.SourceId == failed.SourceId && job.RequestKey == failed.RequestKey && (job.Status == BackupStatus.Pending || job.Status == BackupStatus.Running),
                    cancellationToken);
                var to = stores.FindAll(store => failed.Copies.Any(copy => string.Equals(copy.StoreId, store.Id, StringComparison.Ordinal)));
                if (retry(new DueRetry(failed, source, to, equal, now)) is { } attempt) context.Jobs.Add(attempt);
                // One by one, so that the second of two equal ones sees the first.
                await context.SaveChangesAsync(cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
            arrivals.Announce();
            return due.Count;
        },
        cancellationToken);
}
