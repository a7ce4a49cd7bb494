using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>What a run leaves that died or is not wanted any more.</summary>
internal sealed class RunLeftovers(IOptions<BackupOptions> options, JobStores stores, CopyReports reports)
{
    /// <inheritdoc cref="IBackupPipeline.CleanUpAsync"/>
    public async Task<bool> CleanUpAsync(BackupJob job, CancellationToken cancellationToken)
    {
        if (job.BaseName is null || ReportFacts.OfFile(job.ReportFile) is { SaysSuccess: true }) return false;
        // It may have died between the reports in the stores and the one here, or its disk may be another node's.
        if (await reports.FindSuccessAsync(job, cancellationToken) is { } report)
        {
            if (stores.IsOfThisNode(job)) Durable.WriteAtomically(job.ReportFile!, report);
            return false;
        }
        await TakeBackAsync(job, cancellationToken);
        return stores.IsOfThisNode(job) && !File.Exists(job.ReportFile);
    }

    /// <inheritdoc cref="IBackupPipeline.TakeBackAsync"/>
    public async Task TakeBackAsync(BackupJob job, CancellationToken cancellationToken)
    {
        if (job.BaseName is null) return;
        if (stores.IsOfThisNode(job))
        {
            DumpSetting.EndLeftovers(job.Id);
            LocalArtifact.Discard(options.Value.DataFolder, job.BaseName);
        }
        StoreException? failed = null;
        await foreach (var store in stores.OpenAsync(job, cancellationToken))
        {
            using (store)
            {
                // One store that does not answer must not keep the others from being cleaned.
                try { await TakeBackAsync(store.Files, job, cancellationToken); }
                catch (StoreException e) { failed ??= e; }
            }
        }
        if (failed is not null) throw failed;
    }

    private static async Task TakeBackAsync(IArtifactStore store, BackupJob job, CancellationToken cancellationToken)
    {
        await store.DiscardOfRunAsync(job.BaseName!, cancellationToken);
        if (await CopyReports.IsOfAnotherAsync(store, job, cancellationToken)) return;
        var left = new List<string>();
        await foreach (var file in store.ListAsync(job.BaseName!, cancellationToken))
            if (ArtifactName.Belongs(file.Name, job.BaseName!)) left.Add(file.Name);
        foreach (var name in left) await store.DeleteAsync(name, cancellationToken);
    }
}
