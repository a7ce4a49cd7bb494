using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Ports;

/// <summary>The jobs that wait: the PENDING rows of <c>db_backup_job</c>, and the failed ones whose retry is to come.</summary>
public interface IJobQueue
{
    /// <summary>
    /// Makes the next waiting job that this node may run its RUNNING one: by priority, then by age. Passed over are jobs for another node or
    /// label, of a source that is being backed up, and those for which the source's host or one of the stores has no room.
    /// Of any number of nodes that try at the same time, exactly one gets it.
    /// </summary>
    /// <param name="maxPerHost">How many may run on one host of databases at once; 0 for any number.</param>
    /// <returns>Its id; null when nothing waits that may run now.</returns>
    Task<string?> ClaimNextAsync(int maxPerHost, CancellationToken cancellationToken);

    /// <summary>
    /// Starts the retries that are due, in one transaction: what <paramref name="retry"/> makes is added, and the failed job is stored. Of any
    /// number of nodes, one makes the retry of a job.
    /// </summary>
    /// <param name="most">How many at most.</param>
    /// <param name="retry">Makes the next attempt; null for none.</param>
    /// <returns>How many were due.</returns>
    Task<int> StartRetriesAsync(int most, Func<DueRetry, BackupJob?> retry, CancellationToken cancellationToken);
}

/// <param name="Source">Null when it was deleted.</param>
/// <param name="Stores">Those of its stores that still exist.</param>
/// <param name="EqualUnfinished">An equal job waits or runs already.</param>
/// <param name="Now">The database's time, the same for every node.</param>
public sealed record DueRetry(BackupJob Failed, DatabaseSource? Source, IReadOnlyList<Store> Stores, bool EqualUnfinished, DateTimeOffset Now);
