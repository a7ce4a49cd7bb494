using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;
using Ops.Backup.Infrastructure.Reports;

namespace Ops.Backup.Infrastructure.Stores;

internal sealed class CopyRemoval(IOptions<BackupOptions> options, JobStores stores) : ICopyRemoval
{
    public bool Reaches(BackupCopy copy) => stores.Reaches(copy);

    public async Task<bool> IsWholeAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken)
    {
        if (job.Files.Count == 0) return false;
        try
        {
            using var store = await stores.OpenAsync(copy, cancellationToken);
            foreach (var file in job.Files)
                if (await store.Files.FindAsync(file.Name, cancellationToken) is not { } there || there.SizeBytes != file.SizeBytes) return false;
            return true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public async Task<BackupFailure?> RemoveAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken)
    {
        // Who never began has written nothing, and a name that another run has was never ours.
        if ((job.BaseName is null && job.Files.Count == 0) || JobStores.IsTaken(copy)) return null;
        try
        {
            using var store = await stores.OpenAsync(copy, cancellationToken);
            await RemoveAsync(store.Files, job, cancellationToken);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return StoreFailures.Of(e);
        }
    }

    public void RemoveRecords(RunRecords records)
    {
        Remove(options.Value.ReportFolder, records.ReportFile);
        Remove(options.Value.LogFolder, records.LogFile);
    }

    private static async Task RemoveAsync(IArtifactStore store, BackupJob job, CancellationToken cancellationToken)
    {
        // What is known by name goes even where a listing is behind.
        var names = job.Files.OrderByDescending(file => file.Role is FileRole.Dump).Select(file => file.Name).ToList();
        if (job.BaseName is { } baseName)
        {
            await store.DiscardOfRunAsync(baseName, cancellationToken);
            if (await CopyReports.IsOfAnotherAsync(store, job, cancellationToken)) return;
            await foreach (var file in store.ListAsync(baseName, cancellationToken))
                if (ArtifactName.Belongs(file.Name, baseName)) names.Add(file.Name);
            var report = baseName + ReportWriter.Extension;
            names.RemoveAll(name => string.Equals(name, report, StringComparison.Ordinal));
            names.Add(report);
        }
        foreach (var name in names.Distinct(StringComparer.Ordinal)) await store.DeleteAsync(name, cancellationToken);
    }

    private static void Remove(string folder, string? file)
    {
        // A path that leads elsewhere is not believed, and nothing there is ours.
        if (file is null || RootedPath.TryResolve(folder, file) is not { } path || !File.Exists(path)) return;
        File.Delete(path);
        Durable.FlushFolder(folder);
    }
}
