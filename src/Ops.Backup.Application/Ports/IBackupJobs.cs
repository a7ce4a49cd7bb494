using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Domain.Verification;

namespace Ops.Backup.Application.Ports;

/// <summary>The backup jobs, kept in <c>db_backup_job</c>.</summary>
public interface IBackupJobs
{
    /// <exception cref="Domain.NotFoundException">There is none, or it was deleted.</exception>
    Task<BackupJob> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>Adds a PENDING job.</summary>
    /// <exception cref="Domain.ConflictException">An equal request of the source is PENDING or RUNNING.</exception>
    Task AddAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Keeps the lease for another <see cref="Lease.Duration"/> and stores how far the run is.</summary>
    Task<LeaseState> HeartbeatAsync(string id, BackupProgress progress, CancellationToken cancellationToken);

    /// <summary>Stores a job that this node runs.</summary>
    /// <returns>False, and nothing stored, when the lease was lost: somebody else has finished the job since.</returns>
    Task<bool> SaveOwnAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Stores a change to a job that nobody runs.</summary>
    /// <exception cref="Domain.ConflictException">Its status changed meanwhile.</exception>
    Task SaveIdleAsync(BackupJob job, BackupStatus expected, CancellationToken cancellationToken);

    /// <summary>Asks the node that runs the job to stop.</summary>
    /// <returns>False when it is not RUNNING, or runs where no node is.</returns>
    Task<bool> RequestCancelAsync(string id, CancellationToken cancellationToken);

    /// <summary>RUNNING jobs whose lease ran out, and those that an earlier life of this node left.</summary>
    Task<IReadOnlyList<BackupJob>> FindAbandonedAsync(bool ownOfEarlierLife, CancellationToken cancellationToken);

    /// <summary>Stores an abandoned job's end, unless its node came back meanwhile.</summary>
    Task<bool> SaveAbandonedAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Jobs of this node that were named ABANDONED in the last 30 days.</summary>
    Task<IReadOnlyList<BackupJob>> FindReapedOfThisNodeAsync(CancellationToken cancellationToken);

    /// <summary>Successes of this node that were never verified, because the node stopped before it could; not those that this life of it verifies now.</summary>
    Task<IReadOnlyList<string>> FindUnverifiedOfThisNodeAsync(CancellationToken cancellationToken);

    /// <summary>Stores what stores say of a finished job's copies; of any number of nodes that do so at once, none undoes another's.</summary>
    /// <returns>The job as it is now.</returns>
    Task<BackupJob> SettleAsync(string id, IReadOnlyList<StoredCopy> outcomes, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Stores that a copy lies in a store of which nothing was known.</summary>
    /// <returns>False when it is known by now, or its job is not there any more or went wrong.</returns>
    Task<bool> FoundAsync(string id, FoundCopy found, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Jobs with ids beyond this one, in the order of ids; none at the end.</summary>
    Task<IReadOnlyList<BackupJob>> ListAsync(string afterId, int count, CancellationToken cancellationToken);

    /// <summary>A copy whose repair is due, of a job that has a good one, both within this node's reach; it is this node's for a while.</summary>
    Task<CopyKey?> ClaimRepairAsync(CancellationToken cancellationToken);

    /// <summary>Keeps a claimed repair for another <see cref="Lease.Duration"/>.</summary>
    /// <returns>False when it was lost.</returns>
    Task<bool> KeepRepairAsync(CopyKey copy, CancellationToken cancellationToken);

    /// <summary>Makes a failed copy's repair due now.</summary>
    /// <returns>False when it is not failed.</returns>
    Task<bool> RequestRepairAsync(CopyKey copy, CancellationToken cancellationToken);

    Task<string?> FindUnfinishedOfAsync(string sourceId, CancellationToken cancellationToken);

    Task AddVerificationAsync(BackupVerification verification, CancellationToken cancellationToken);
}

/// <summary>Names one copy.</summary>
public sealed record CopyKey(string JobId, string StoreId);

/// <param name="Node">The node whose disk it is on; null for a store that every node reaches.</param>
/// <param name="Files">For a run whose report did not list its files.</param>
public sealed record FoundCopy(Store Store, string? Node, StoredCopy Copy, IReadOnlyList<ArtifactFile> Files);

public enum LeaseState { Held, CancelRequested, Lost }

public static class Lease
{
    /// <summary>A node that is silent for so long has lost its jobs.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
}
