using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>Writes a finished job's report, the source of truth: whole or not at all.</summary>
public interface IReportWriter
{
    /// <returns>The file's own time, by which the ingester knows that it has nothing to load.</returns>
    DateTimeOffset Write(BackupJob job);
}
