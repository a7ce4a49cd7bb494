using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Reports;

public sealed class ReportWriter(TimeProvider time) : IReportWriter
{
    public DateTimeOffset Write(BackupJob job)
    {
        // A run that failed before its names were chosen has no place for a report; its row tells.
        if (job.ReportFile is null) return time.GetUtcNow();
        Directory.CreateDirectory(Path.GetDirectoryName(job.ReportFile)!);
        Durable.WriteAtomically(job.ReportFile, ReportFormat.Render(job));
        return ReportFile.Stamp(new DateTimeOffset(File.GetLastWriteTimeUtc(job.ReportFile)));
    }
}
