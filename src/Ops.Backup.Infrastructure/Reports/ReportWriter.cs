using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Reports;

public sealed class ReportWriter : IReportWriter
{
    public DateTimeOffset Write(BackupJob job)
    {
        var path = job.ReportFile ?? throw new InvalidOperationException($"Backup {job.Id} has no place for a report yet.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Durable.WriteAtomically(path, ReportFormat.Render(job));
        return ReportFile.Stamp(new DateTimeOffset(File.GetLastWriteTimeUtc(path)));
    }
}
