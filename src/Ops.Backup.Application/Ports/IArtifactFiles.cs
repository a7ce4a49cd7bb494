using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>The files of finished jobs, wherever this node reaches them. Every local path stays under the configured folders.</summary>
public interface IArtifactFiles
{
    /// <summary>The dump, from the nearest good copy or that of the store named.</summary>
    /// <exception cref="Domain.ConflictException">No good copy is within this node's reach.</exception>
    Task<ArtifactContent> OpenAsync(BackupJob job, string? store, CancellationToken cancellationToken);

    /// <summary>The dump decrypted, as a stream that can't be sought in.</summary>
    /// <exception cref="Domain.ConflictException">No good copy is within reach, or this service has no identity that opens it.</exception>
    Task<ArtifactContent> OpenDecryptedAsync(BackupJob job, string? store, CancellationToken cancellationToken);

    /// <summary>A link to a remote copy, by which anybody fetches the dump for a while; null when no copy's store makes links.</summary>
    Task<Uri?> PresignAsync(BackupJob job, string? store, TimeSpan validFor, CancellationToken cancellationToken);

    /// <summary>The text that the run logged, from a byte offset on.</summary>
    /// <exception cref="Domain.ConflictException">The log is on another node.</exception>
    LogText ReadLog(BackupJob job, long fromByte);

    /// <summary>Deletes every file of the job in every store, its reports last (the log stays); files that are gone already are no error.</summary>
    /// <exception cref="Domain.ConflictException">A copy is on another node's disk.</exception>
    /// <exception cref="StoreException">A store did not delete; what was deleted is gone.</exception>
    Task DeleteAsync(BackupJob job, CancellationToken cancellationToken);
}

/// <param name="Content">Can be sought in when the length is known.</param>
/// <param name="ModifiedAt">UTC; null when it can't be told.</param>
public sealed record ArtifactContent(Stream Content, string FileName, DateTimeOffset? ModifiedAt);

/// <param name="NextByte">Where to go on reading.</param>
public sealed record LogText(string Text, long NextByte);
