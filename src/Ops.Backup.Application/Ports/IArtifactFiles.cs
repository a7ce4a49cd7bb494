using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>The files of finished jobs on this node's disks. Every path stays under the configured folders.</summary>
public interface IArtifactFiles
{
    /// <summary>The path to read the dump from.</summary>
    /// <exception cref="Domain.ConflictException">It is not on this node, or is gone.</exception>
    string Locate(BackupJob job);

    /// <summary>The text that the run logged, from a byte offset on.</summary>
    /// <exception cref="Domain.ConflictException">The log is on another node.</exception>
    LogText ReadLog(BackupJob job, long fromByte);

    /// <summary>Deletes every file of the job, its report too (the log stays); files that are gone already are no error.</summary>
    /// <exception cref="Domain.ConflictException">They are not on this node.</exception>
    void Delete(BackupJob job);
}

/// <param name="NextByte">Where to go on reading.</param>
public sealed record LogText(string Text, long NextByte);
