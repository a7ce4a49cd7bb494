using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Verification;

namespace Ops.Backup.Application.Ports;

/// <summary>Makes an artifact: dump, compression, hash and stores in one pass.</summary>
public interface IBackupPipeline
{
    /// <summary>Chooses names that are free and reserves them, so that leftovers of a run that died can be found.</summary>
    ArtifactPlan Plan(BackupJob job);

    /// <summary>Until it returns every file's name ends in <c>.partial</c>; when it throws, none of them is left.</summary>
    /// <exception cref="BackupFailedException">It says why, with a stable code.</exception>
    Task<Artifact> RunAsync(BackupJob job, DatabaseSource source, BackupProgress progress, CancellationToken cancellationToken);

    /// <summary>Reads the whole archive with the stock tool.</summary>
    Task<VerificationOutcome> VerifyAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Renames the files of a backup that can't be read, so that nobody takes them for one; they are kept for a look into what went wrong.</summary>
    /// <returns>The files as they are called now.</returns>
    IReadOnlyList<ArtifactFile> Quarantine(BackupJob job);

    /// <summary>Deletes what a run left that has no report of success.</summary>
    /// <returns>True when it has no report at all, so that one has to be written.</returns>
    bool CleanUp(BackupJob job);
}

/// <summary>Something outside refused or broke: the server, a tool, the disk. The message has no secret in it.</summary>
public sealed class BackupFailedException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public BackupFailure Failure => new(code, Message);
}
