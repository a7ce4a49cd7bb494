using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>Writes a finished job's report, the source of truth: whole or not at all.</summary>
public interface IReportWriter
{
    /// <summary>Puts the report beside every good copy that this node reaches, in place of an older one.</summary>
    /// <returns>The stores that did not take it.</returns>
    Task<IReadOnlyList<StoredCopy>> PutAsync(BackupJob job, CancellationToken cancellationToken);

    /// <summary>Writes it into this node's reports folder.</summary>
    /// <returns>The file's own time, by which the ingester knows that it has nothing to load.</returns>
    DateTimeOffset Write(BackupJob job);
}
