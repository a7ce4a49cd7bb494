using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Reports;

internal sealed class ReportWriter(TimeProvider time) : IReportWriter
{
    public DateTimeOffset Write(BackupJob job)
    {
        // A run that failed before its names were chosen has no place for a report; its row tells.
        if (job.ReportFile is null) return time.GetUtcNow();
        Durable.WriteAtomically(job.ReportFile, ReportFormat.Render(job));
        return new DateTimeOffset(File.GetLastWriteTimeUtc(job.ReportFile));
    }
}
