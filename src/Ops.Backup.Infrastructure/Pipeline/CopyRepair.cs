using System.Security.Cryptography;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>Brings an artifact into a store that lacks it, from a copy that is good.</summary>
internal sealed class CopyRepair(JobStores stores, TimeProvider time)
{
    private const int Blocks = 48;

    public async Task<StoredCopy> RunAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken)
    {
        try
        {
            using var target = await stores.OpenAsync(copy, cancellationToken);
            Exception? last = null;
            foreach (var good in stores.Readable(job).Where(good => good != copy))
            {
                try
                {
                    using var source = await stores.OpenAsync(good, cancellationToken);
                    return await CopyAsync(job, source, target, overwrite: !JobStores.IsTaken(copy), cancellationToken);
                }
                catch (UnreadableCopyException e)
                {
                    last = e.InnerException; // the next good copy may be readable
                }
            }
            return StoredCopy.Failed(copy.StoreId, last is null
                ? new BackupFailure("NO_GOOD_COPY", "There is no good copy that this node can read.") : StoreFailures.Of(last));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return StoredCopy.Failed(copy.StoreId, StoreFailures.Of(e));
        }
    }

    private async Task<StoredCopy> CopyAsync(BackupJob job, OpenStore source, OpenStore target, bool overwrite, CancellationToken cancellationToken)
    {
        // What an earlier try left; a store that refuses to overwrite would otherwise refuse this one.
        if (job.BaseName is { } baseName) await target.Files.DiscardOfRunAsync(baseName, cancellationToken);
        else await target.Files.DiscardStagedAsync(job.Files[0].Name, cancellationToken);
        using var pool = new BlockPool(Blocks);
        var staged = new List<(ArtifactFile File, IStagedFile Staged)>();
        var published = new List<string>();
        try
        {
            foreach (var file in job.Files.OrderBy(file => file.Role is not FileRole.Dump))
            {
                using var content = await CheckedBlocks.OpenAsync(source.Files, file, pool, cancellationToken);
                IBlockReader limited = target.Facts.BytesPerSecond is { } limit ? new ThrottledBlocks(content, limit, time) : content;
                staged.Add((file, await target.Files.StageAsync(file.Name, limited, cancellationToken)));
            }
            StoredObject? dump = null;
            foreach (var (file, whole) in staged.AsEnumerable().Reverse())
            {
                var stored = await whole.PublishAsync(overwrite, cancellationToken);
                if (stored.SizeBytes != file.SizeBytes)
                    throw new StoreException(StoreCodes.Corrupted, $"{target.Files.UrlOf(file.Name)} has {stored.SizeBytes} bytes instead of {file.SizeBytes}.", isTransient: true);
                published.Add(file.Name);
                if (file.Role is FileRole.Dump) dump = stored;
            }
            return new StoredCopy(target.Facts.Id, target.Files.UrlOf(dump!.Name), dump.SizeBytes, dump.Checksum);
        }
        catch (StoreException e) when (e.Code is StoreCodes.Exists)
        {
            // The names are another service's: ours would stand beside its dump, and nobody would ever take them away.
            foreach (var name in published) await target.Files.DeleteAsync(name, cancellationToken);
            throw;
        }
        finally
        {
            foreach (var (_, whole) in staged) await whole.DisposeAsync();
        }
    }

    /// <summary>A file of a good copy; its end is an end only when its SHA-256 is what the run computed.</summary>
    private sealed class CheckedBlocks(Stream stream, ArtifactFile file, BlockPool pool) : IBlockReader, IDisposable
    {
        private readonly StreamBlocks _blocks = new(stream, pool);
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public static async Task<CheckedBlocks> OpenAsync(IArtifactStore store, ArtifactFile file, BlockPool pool, CancellationToken cancellationToken)
        {
            try
            {
                return new CheckedBlocks(await store.ReadAsync(file.Name, 0, null, cancellationToken), file, pool);
            }
            catch (StoreException e)
            {
                throw new UnreadableCopyException(e);
            }
        }

        public async ValueTask<Block?> ReadAsync(CancellationToken cancellationToken)
        {
            Block? block;
            try { block = await _blocks.ReadAsync(cancellationToken); }
            catch (Exception e) when (e is StoreException or IOException) { throw new UnreadableCopyException(e); }
            if (block is not null) _hash.AppendData(block.Bytes.Span);
            else if (Convert.ToHexStringLower(_hash.GetHashAndReset()) is var found && !string.Equals(found, file.Sha256, StringComparison.Ordinal))
                throw new UnreadableCopyException(new StoreException(StoreCodes.Corrupted, $"{file.Name} was read with SHA-256 {found} instead of {file.Sha256}.", isTransient: false));
            return block;
        }

        public void Dispose()
        {
            stream.Dispose();
            _hash.Dispose();
        }
    }

    private sealed class UnreadableCopyException(Exception inner) : Exception(inner.Message, inner);
}
