using Ops.Backup.Application.Retention;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>
/// Deletions by retention, kept with the backup's row: begun under its lock, worked off by the nodes that reach the copies, ended when the
/// files are gone. Once begun a deletion is not forgotten, whatever dies.
/// </summary>
public interface IDeletions
{
    /// <summary>
    /// Begins to delete copies of a backup, if it is still what the plan saw: of the config, not on hold, not changed by a repair at the moment,
    /// and, where its copies are good, with a newer good backup in each of the stores, a proven one if it is proven itself. When no other copy is good
    /// all of it goes. This node has the first try.
    /// </summary>
    Task<DeletionStart> BeginAsync(Deletion deletion, CancellationToken cancellationToken);

    /// <summary>Backups whose begun deletion is due and has something within this node's reach; they are this node's for a while.</summary>
    Task<IReadOnlyList<string>> ClaimAsync(int most, CancellationToken cancellationToken);

    /// <summary>The files of these copies are gone. With the last copy of a backup all of which was to go, its row is marked.</summary>
    /// <returns>The backup as it is now.</returns>
    Task<BackupJob> EndAsync(string jobId, IReadOnlyList<string> storeIds, CancellationToken cancellationToken);

    /// <summary>What was left could not be deleted; it is tried again after a pause that grows from a minute to an hour.</summary>
    Task FailAsync(string jobId, BackupFailure failure, CancellationToken cancellationToken);

    /// <summary>What is left of it is for other nodes, at once.</summary>
    Task HandOverAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>The store can do without the copy: the config has a newer good backup there, a proven one if this one is proven.</summary>
    Task<bool> CanSpareAsync(CopyKey copy, CancellationToken cancellationToken);

    /// <summary>Takes the begun deletion of a copy back: it is whole, and needed again.</summary>
    Task TakeBackAsync(CopyKey copy, CancellationToken cancellationToken);

    /// <summary>Puts a hold on a backup, or takes it away.</summary>
    /// <exception cref="Domain.NotFoundException">There is none, or it was deleted.</exception>
    /// <exception cref="Domain.ConflictException">It is not finished, or being deleted.</exception>
    Task HoldAsync(string jobId, Hold? hold, CancellationToken cancellationToken);

    /// <summary>Begun deletions that failed or wait for a node, the one that is due soonest first.</summary>
    Task<PendingDeletions> ListAsync(int most, CancellationToken cancellationToken);

    /// <summary>Logs and reports of runs of this node that retention deleted.</summary>
    Task<IReadOnlyList<RunRecords>> FindRecordsAsync(int most, CancellationToken cancellationToken);

    Task ForgetRecordsAsync(string jobId, CancellationToken cancellationToken);
}

/// <param name="StoreIds">The stores to delete it from; none for a run that left nothing good, which goes whole.</param>
public sealed record Deletion(string ConfigId, string JobId, IReadOnlyList<string> StoreIds);

/// <summary>Changed: it is not what the plan saw any more, and stays for now.</summary>
public enum DeletionStart { Changed, Copies, Whole }

public sealed record RunRecords(string JobId, string? ReportFile, string? LogFile);
