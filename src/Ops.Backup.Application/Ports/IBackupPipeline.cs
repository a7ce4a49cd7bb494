using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Verification;

namespace Ops.Backup.Application.Ports;

/// <summary>Makes an artifact: dump, compression, hash and stores in one pass.</summary>
public interface IBackupPipeline
{
    /// <summary>Chooses names that are free and reserves them, so that leftovers of a run that died can be found.</summary>
    ArtifactPlan Plan(BackupJob job, DatabaseSource source);

    /// <summary>Dumps once and writes to every store of the job. Nothing has its name before all is whole; when it throws, nothing is left.</summary>
    /// <returns>What was made, and what each store says; at least one has all of it.</returns>
    /// <exception cref="BackupFailedException">It says why, with a stable code.</exception>
    Task<Artifact> RunAsync(BackupJob job, DatabaseSource source, BackupProgress progress, CancellationToken cancellationToken);

    /// <summary>Reads the whole archive with the stock tool, from the nearest good copy; an encrypted one that nobody here can open is read for its SHA-256.</summary>
    Task<VerificationOutcome> VerifyAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Renames the local files of a backup that can't be read, so that nobody takes them for one; they are kept for a look into what went wrong.</summary>
    /// <returns>The files as they are called now.</returns>
    IReadOnlyList<ArtifactFile> Quarantine(BackupJob job);

    /// <summary>Deletes what a run that died left: in every store that all nodes reach, and on this node's disk when it ran here. What has a report of success is kept.</summary>
    /// <returns>True when it ran here and has no report at all, so that one has to be written.</returns>
    Task<bool> CleanUpAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Deletes what this node's own run made, whatever its report says; what another run has under the same name stays.</summary>
    /// <exception cref="StoreException">A store did not answer; the others are clean.</exception>
    Task TakeBackAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Copies the artifact into one of its stores, from a good copy that can be read here; what is read is compared by SHA-256.</summary>
    /// <returns>What the store says; a failure is returned, not thrown.</returns>
    Task<StoredCopy> RepairAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken);
}

/// <summary>Something outside refused or broke: the server, a tool, the disk. The message has no secret in it.</summary>
public sealed class BackupFailedException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public BackupFailure Failure => new(code, Message);
}
