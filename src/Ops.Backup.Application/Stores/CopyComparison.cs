using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>Goes through all backups, and makes the table's copies in a store what lies there.</summary>
internal sealed class CopyComparison(Store store, IArtifactStore files, IBackupJobs jobs, INodeIdentity node, TimeProvider time)
{
    private const int PageSize = 500;

    public long Whole { get; private set; }

    public long Found { get; private set; }

    public long Confirmed { get; private set; }

    public FirstOf<LostCopy> Lost { get; } = new();

    private string? Here => store.Kind is StoreKind.Local ? node.Name : null;

    public async Task RunAsync(StoreContents contents, CancellationToken cancellationToken)
    {
        for (var page = await jobs.ListAsync("", PageSize, cancellationToken); page.Count > 0; page = await jobs.ListAsync(page[^1].Id, PageSize, cancellationToken))
        {
            foreach (var job in page)
            {
                contents.Claim(job);
                if (!job.CanHaveCopies || StoredDump.Of(job) is not { } dump) continue;
                try
                {
                    await CompareAsync(job, dump, contents, cancellationToken);
                }
                catch (NotFoundException)
                {
                    // It was deleted meanwhile.
                }
            }
        }
    }

    private async Task CompareAsync(BackupJob job, ArtifactFile dump, StoreContents contents, CancellationToken cancellationToken)
    {
        var there = contents.Find(dump.Name);
        var copy = job.Copies.FirstOrDefault(copy => string.Equals(copy.StoreId, store.Id, StringComparison.Ordinal));
        // Another node's disk is not this one.
        if (copy is { Kind: StoreKind.Local, Node: { } other } && !string.Equals(other, node.Name, StringComparison.Ordinal)) return;
        switch (copy?.Status)
        {
            case null when there?.SizeBytes == dump.SizeBytes:
                var found = new FoundCopy(store, Here, await ConfirmationAsync(there, cancellationToken), await FilesAsync(job, dump, contents, cancellationToken));
                if (await jobs.FoundAsync(job.Id, found, time.GetUtcNow(), cancellationToken)) Found++;
                break;
            case CopyStatus.Completed when IsWhole(there, dump):
                Whole++;
                break;
            case CopyStatus.Completed:
                await LoseAsync(job, dump, cancellationToken);
                break;
            // A size alone proves little where something went wrong already.
            case CopyStatus.Failed when IsWhole(there, dump) && string.Equals(await Sha256Async(there!, cancellationToken), dump.Sha256, StringComparison.Ordinal):
                await jobs.SettleAsync(job.Id, [await ConfirmationAsync(there!, cancellationToken)], time.GetUtcNow(), cancellationToken);
                Confirmed++;
                break;
            default:
                break;
        }
    }

    private async Task LoseAsync(BackupJob job, ArtifactFile dump, CancellationToken cancellationToken)
    {
        // The list was read a while ago; the run may have ended since.
        var there = await files.FindAsync(dump.Name, cancellationToken);
        if (IsWhole(there, dump))
        {
            Whole++;
            return;
        }
        var failure = there is null
            ? new BackupFailure(StoreCodes.Missing, $"{files.UrlOf(dump.Name)} is not there (any more).")
            : new BackupFailure(StoreCodes.Corrupted, $"{files.UrlOf(dump.Name)} has {there.SizeBytes} bytes instead of {dump.SizeBytes}.");
        await jobs.SettleAsync(job.Id, [StoredCopy.Failed(store.Id, failure)], time.GetUtcNow(), cancellationToken);
        Lost.Add(new LostCopy(job.Id, job.Database, failure.ToString()));
    }

    private async Task<IReadOnlyList<ArtifactFile>> FilesAsync(BackupJob job, ArtifactFile dump, StoreContents contents, CancellationToken cancellationToken)
    {
        if (job.Files.Count > 0) return job.Files;
        var all = new List<ArtifactFile> { dump with { Path = PathOf(dump.Name) } };
        foreach (var (role, name) in StoredDump.Beside(dump.Name))
            if (contents.Find(name) is { } beside && await Sha256Async(beside, cancellationToken) is { } sha256) all.Add(new ArtifactFile(role, name, PathOf(name), beside.SizeBytes, sha256));
        return all;
    }

    // A listing has no checksum everywhere.
    private async Task<StoredCopy> ConfirmationAsync(StoredObject listed, CancellationToken cancellationToken)
    {
        var there = await files.FindAsync(listed.Name, cancellationToken) ?? listed;
        return new StoredCopy(store.Id, files.UrlOf(there.Name), there.SizeBytes, there.Checksum);
    }

    /// <returns>Null when it can't be read.</returns>
    private async Task<string?> Sha256Async(StoredObject file, CancellationToken cancellationToken)
    {
        try
        {
            return await StoredDump.Sha256Async(files, file.Name, cancellationToken);
        }
        catch (Exception e) when (e is IOException or StoreException { Code: StoreCodes.Missing or StoreCodes.Corrupted or StoreCodes.Denied or StoreCodes.Failed })
        {
            return null;
        }
    }

    private string? PathOf(string name) => Here is null ? null : files.UrlOf(name);

    // Some backends of rclone do not tell a file's size.
    private static bool IsWhole(StoredObject? there, ArtifactFile dump) => there is not null && (there.SizeBytes < 0 || there.SizeBytes == dump.SizeBytes);
}
