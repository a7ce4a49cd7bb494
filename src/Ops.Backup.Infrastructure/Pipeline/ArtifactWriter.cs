using System.Text;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>
/// Writes the files of one artifact to all of its stores at once. A store that fails is left behind; the others go on. Nothing
/// has its name before <see cref="PublishAsync"/>, and disposing takes back what was not published.
/// </summary>
internal sealed class ArtifactWriter(IReadOnlyList<OpenStore> stores, RunLog log, TimeProvider time) : IAsyncDisposable
{
    // What one backup holds in memory at most, whatever its size and however many stores it goes to.
    private const int Blocks = 64;

    private readonly BlockPool _pool = new(Blocks);
    private readonly List<Target> _targets = [.. stores.Select(store => new Target(store))];
    private readonly List<Task> _staging = [];
    private readonly List<ArtifactFile> _files = [];

    /// <summary>Leaves stores behind before anything is written.</summary>
    /// <exception cref="BackupFailedException">No store is left.</exception>
    public void Refuse(IReadOnlyList<(OpenStore Store, BackupFailedException Failure)> refused)
    {
        foreach (var (store, failure) in refused)
        {
            _targets.Find(target => target.Store == store)!.Fail(failure);
            log.Write($"store {store.Facts.Name}: {failure.Failure}");
        }
        if (_targets.TrueForAll(target => target.Failure is not null)) throw NoStoreLeft(null);
    }

    /// <summary>Pours a file into every store. It returns when the source has ended; the stores may still be confirming.</summary>
    /// <param name="pour">Ends when the file is whole; an exception means that it never will be. One thread at a time writes.</param>
    /// <exception cref="BackupFailedException">No store takes it.</exception>
    public async Task<ArtifactFile> WriteAsync(FileRole role, string name, Func<FanOut, Task> pour, CancellationToken cancellationToken)
    {
        var targets = _targets.Where(target => target.Failure is null).ToList();
        var fan = new FanOut(_pool, targets.Count, cancellationToken);
        var staging = Task.WhenAll(targets.Zip(fan.Feeds, (target, feed) => StageAsync(target, role, name, feed, cancellationToken)));
        try
        {
            await pour(fan);
            var (size, sha256) = fan.Complete();
            _staging.Add(EndAsync(fan, staging));
            var file = new ArtifactFile(role, name, LocalPathOf(name), size, sha256);
            _files.Add(file);
            return file;
        }
        catch (Exception e)
        {
            fan.Fail(e);
            await EndAsync(fan, staging);
            if (e is NoReaderException) throw NoStoreLeft(e);
            throw;
        }
    }

    public Task<ArtifactFile> WriteTextAsync(FileRole role, string name, string text, CancellationToken cancellationToken) =>
        WriteAsync(role, name, fan => Task.Run(() => System.Buffers.BuffersExtensions.Write<byte>(fan, Encoding.UTF8.GetBytes(text)), cancellationToken), cancellationToken);

    /// <summary>Gives every file its name, in every store. The dump comes last: where it is, everything beside it is too.</summary>
    /// <returns>What each store says; at least one has all of it.</returns>
    /// <exception cref="BackupFailedException">No store has it.</exception>
    public async Task<IReadOnlyList<StoredCopy>> PublishAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_staging);
        cancellationToken.ThrowIfCancellationRequested();
        var publishing = _targets.ConvertAll(target => PublishAsync(target, cancellationToken));
        StoredCopy[] copies;
        try
        {
            copies = await Task.WhenAll(publishing);
        }
        catch
        {
            // It was stopped: stores that were through already have a whole copy of what is none.
            await Task.WhenAll(_targets.Select(TakeBackAsync));
            throw;
        }
        return copies.Any(copy => copy.Failure is null) ? copies : throw NoStoreLeft(null);
    }

    /// <summary>The files as they are called on this node's disk, if they are.</summary>
    public IReadOnlyList<ArtifactFile> Files =>
        [.. _files.Select(file => file with { Path = LocalPathOf(file.Name) })];

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_staging);
        foreach (var target in _targets)
            foreach (var (_, staged) in target.Staged) await staged.DisposeAsync();
        _pool.Dispose();
    }

    private static async Task EndAsync(FanOut fan, Task staging)
    {
        using (fan) await staging;
    }

    private async Task StageAsync(Target target, FileRole role, string name, FanOut.Feed feed, CancellationToken cancellationToken)
    {
        try
        {
            IBlockReader content = target.Store.Facts.BytesPerSecond is { } limit ? new ThrottledBlocks(feed, limit, time) : feed;
            var staged = await target.Store.Files.StageAsync(name, content, cancellationToken);
            lock (target.Staged) target.Staged.Add((role, staged));
        }
        catch (Exception e)
        {
            // When it is the source that failed, the one who pours tells.
            target.Fail(e);
            log.Write($"store {target.Store.Facts.Name}: {target.Failure}");
        }
        finally
        {
            feed.GiveUp();
        }
    }

    private async Task<StoredCopy> PublishAsync(Target target, CancellationToken cancellationToken)
    {
        var store = target.Store;
        StoredObject? dump = null;
        if (target.Failure is null)
        {
            try
            {
                foreach (var (role, staged) in target.Staged.OrderBy(staged => staged.Role is FileRole.Dump))
                {
                    target.Begun.Add(_files.First(file => file.Role == role));
                    var stored = await staged.PublishAsync(overwrite: false, cancellationToken);
                    var expected = target.Begun[^1].SizeBytes;
                    if (stored.SizeBytes != expected)
                        throw new StoreException(StoreCodes.Corrupted, $"{store.Files.UrlOf(stored.Name)} has {stored.SizeBytes} bytes instead of {expected}.", isTransient: true);
                    if (role is FileRole.Dump) dump = stored;
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // What has the name already is somebody else's, and stays.
                if (e is StoreException { Code: StoreCodes.Exists }) target.Begun.RemoveAt(target.Begun.Count - 1);
                target.Fail(e);
                log.Write($"store {store.Facts.Name}: {target.Failure}");
            }
        }
        if (target.Failure is { } failure)
        {
            await TakeBackAsync(target);
            return StoredCopy.Failed(store.Facts.Id, failure);
        }
        log.Write($"store {store.Facts.Name}: {store.Files.UrlOf(dump!.Name)}, {dump.SizeBytes} bytes, {dump.Checksum ?? "no checksum given"}");
        return new StoredCopy(store.Facts.Id, store.Files.UrlOf(dump.Name), dump.SizeBytes, dump.Checksum);
    }

    // A copy that is not whole must not look like one. The dump, which would make it look whole, goes first.
    private async Task TakeBackAsync(Target target)
    {
        try
        {
            foreach (var file in target.Begun.AsEnumerable().Reverse()) await target.Store.Files.DeleteAsync(file.Name, CancellationToken.None);
        }
        catch (StoreException e)
        {
            log.Write($"store {target.Store.Facts.Name}: what was written could not be taken back: {e.Message}");
        }
    }

    private string? LocalPathOf(string name) =>
        _targets.Find(target => target.Store.Facts.Kind is StoreKind.Local && target.Failure is null)?.Store.Files.UrlOf(name);

    private BackupFailedException NoStoreLeft(Exception? inner) => _targets.Count == 1
        ? new BackupFailedException(_targets[0].Failure!.Code, _targets[0].Failure!.Message, inner)
        : new BackupFailedException(
            "ALL_STORES_FAILED", $"No store took it. {string.Join(" ", _targets.Select(target => $"{target.Store.Facts.Name}: {target.Failure}"))}", inner);

    private sealed class Target(OpenStore store)
    {
        private BackupFailure? _failure;

        public OpenStore Store { get; } = store;

        public List<(FileRole Role, IStagedFile File)> Staged { get; } = [];

        /// <summary>What may have its name already.</summary>
        public List<ArtifactFile> Begun { get; } = [];

        public BackupFailure? Failure => _failure;

        public void Fail(Exception e) => Interlocked.CompareExchange(ref _failure, StoreFailures.Of(e), null);
    }
}
