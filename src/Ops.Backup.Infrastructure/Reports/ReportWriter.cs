using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Reports;

internal sealed class ReportWriter(JobStores stores, TimeProvider time) : IReportWriter
{
    /// <summary>What a report beside an artifact is called: its base name, and this.</summary>
    public const string Extension = ".json";

    public async Task<IReadOnlyList<StoredCopy>> PutAsync(BackupJob job, CancellationToken cancellationToken)
    {
        if (job.BaseName is null) return [];
        var report = ReportFormat.Render(job);
        var copies = job.Copies.Where(copy => copy.Status is CopyStatus.Completed && stores.Reaches(copy));
        var outcomes = await Task.WhenAll(copies.Select(copy => PutAsync(job, copy, report, cancellationToken)));
        return [.. outcomes.OfType<StoredCopy>()];
    }

    public DateTimeOffset Write(BackupJob job)
    {
        // A run that failed before its names were chosen has no place for a report; its row tells.
        if (job.ReportFile is null) return time.GetUtcNow();
        Directory.CreateDirectory(Path.GetDirectoryName(job.ReportFile)!);
        Durable.WriteAtomically(job.ReportFile, ReportFormat.Render(job));
        return ReportFile.Stamp(new DateTimeOffset(File.GetLastWriteTimeUtc(job.ReportFile)));
    }

    private async Task<StoredCopy?> PutAsync(BackupJob job, BackupCopy copy, byte[] report, CancellationToken cancellationToken)
    {
        try
        {
            using var store = await stores.OpenAsync(copy, cancellationToken);
            using var pool = new BlockPool(blocks: 2);
            var name = job.BaseName + Extension;
            await store.Files.DiscardStagedAsync(name, cancellationToken);
            await using var staged = await store.Files.StageAsync(name, new StreamBlocks(new MemoryStream(report), pool), cancellationToken);
            await staged.PublishAsync(overwrite: true, cancellationToken);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var failure = StoreFailures.Of(e);
            return StoredCopy.Failed(copy.StoreId, failure with { Message = $"The report was not taken: {failure.Message}" });
        }
    }
}
