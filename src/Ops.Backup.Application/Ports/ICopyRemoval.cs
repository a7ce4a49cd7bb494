using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>Deletes what lies of backups in stores and on this node's disk.</summary>
public interface ICopyRemoval
{
    /// <summary>False for a copy on another node's disk.</summary>
    bool Reaches(BackupCopy copy);

    /// <summary>Every file of the copy is in its store, with the size that it should have.</summary>
    /// <returns>False also when the store does not tell.</returns>
    Task<bool> IsWholeAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes all that the store has of the run: the dump first, then what lies beside it, staged files and unfinished uploads, its report last.
    /// What is gone already is no error; what another run has under the same name stays.
    /// </summary>
    /// <returns>Why it could not be done; null when nothing is left.</returns>
    Task<BackupFailure?> RemoveAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken);

    /// <summary>Deletes a run's report and log from this node's folders.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    void RemoveRecords(RunRecords records);
}
