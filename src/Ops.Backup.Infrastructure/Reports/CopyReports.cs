using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>The reports that lie beside the copies.</summary>
internal sealed class CopyReports(JobStores stores)
{
    /// <summary>A report of the job that says SUCCESS, from the first store that has one; null when none has.</summary>
    /// <exception cref="StoreException">A store does not answer, so there is no telling.</exception>
    public async Task<byte[]?> FindSuccessAsync(BackupJob job, CancellationToken cancellationToken)
    {
        await foreach (var store in stores.OpenAsync(job, cancellationToken))
        {
            using (store)
            {
                if (await ReadAsync(store.Files, job, cancellationToken) is { } report && ReportFacts.Of(report) is { SaysSuccess: true } facts && facts.IsOf(job)) return report;
            }
        }
        return null;
    }

    /// <summary>The report that lies under the job's name is of another run: two services that share a folder can choose one name in one second.</summary>
    public static async Task<bool> IsOfAnotherAsync(IArtifactStore store, BackupJob job, CancellationToken cancellationToken) =>
        await ReadAsync(store, job, cancellationToken) is { } report && ReportFacts.Of(report) is { } facts && !facts.IsOf(job);

    private static async Task<byte[]?> ReadAsync(IArtifactStore store, BackupJob job, CancellationToken cancellationToken)
    {
        var name = job.BaseName + ReportWriter.Extension;
        if (await store.FindAsync(name, cancellationToken) is not { SizeBytes: > 0 and <= ReportLimits.Bytes } found) return null;
        await using var stream = await store.ReadAsync(name, 0, null, cancellationToken);
        var bytes = new byte[found.SizeBytes];
        return await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken) == bytes.Length ? bytes : null;
    }
}
