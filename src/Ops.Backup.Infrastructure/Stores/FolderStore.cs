using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>
/// A folder on this node, which is made when the first file comes; folders below it go with their last file. A file is staged as <c>NAME.partial</c>, flushed and read back;
/// its checksum is <c>crc32c:…</c>, known at publishing only.
/// </summary>
internal sealed class FolderStore(string root) : IArtifactStore
{
    private const int CopyBytes = 128 * 1024;
    private readonly FolderGuard _guard = new(root);
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    public string UrlOf(string name) => PathOf(name);

    public async Task<IStagedFile> StageAsync(string name, IBlockReader content, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        var partial = PathOf(name + Durable.PartialSuffix);
        await using var file = _guard.Run(() => SubFolders.Create(_root, partial, () => new PartialFile(partial)), $"{name} is being written already, or an earlier run left it unfinished; discard that first.");
        try
        {
            while (await content.ReadAsync(cancellationToken) is { } block)
            {
                try
                {
                    _guard.Run(() => file.Write(block.Bytes.Span));
                }
                finally
                {
                    block.Release();
                }
            }
            var stored = await _guard.RunAsync(() => file.CompleteAsync(cancellationToken));
            return new Staged(this, name, partial, path, stored);
        }
        catch
        {
            await file.DisposeAsync();
            File.Delete(partial);
            SubFolders.RemoveEmpty(_root, Path.GetDirectoryName(partial)!);
            throw;
        }
    }

    public Task<StoredObject?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        return Task.FromResult(_guard.Run(() => Find(name, path)));
    }

    public Task<Stream> ReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        return Task.FromResult<Stream>(_guard.Run(() => OpenAt(name, path, offset, length)));
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var name in Names(namePrefix).Where(name => !name.EndsWith(Durable.PartialSuffix, StringComparison.Ordinal)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_guard.Run(() => Find(name, Path.Combine(_root, name))) is { } file) yield return file;
        }
    }

    public async IAsyncEnumerable<StoredObject> ListStagedAsync(string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var name in Names(namePrefix).Where(name => name.EndsWith(Durable.PartialSuffix, StringComparison.Ordinal)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_guard.Run(() => Find(name, Path.Combine(_root, name))) is { } file) yield return file with { Name = name[..^Durable.PartialSuffix.Length] };
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Delete(PathOf(name));
        return Task.CompletedTask;
    }

    public Task DiscardStagedAsync(string namePrefix, CancellationToken cancellationToken)
    {
        foreach (var name in Names(namePrefix).Where(name => name.EndsWith(Durable.PartialSuffix, StringComparison.Ordinal))) Delete(PathOf(name));
        return Task.CompletedTask;
    }

    public Uri? Presign(string name, TimeSpan validFor) => null;

    // A folder may lie on another machine, and there is no asking it for the time.
    public Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken) => Task.FromResult<TimeSpan?>(null);

    public Task<StoreSpace?> SpaceAsync(CancellationToken cancellationToken) => Task.FromResult<StoreSpace?>(_guard.Run(_guard.Space));

    public void Dispose()
    {
        // Nothing is held between the calls.
    }

    private string PathOf(string name)
    {
        if (name.Length > 0 && !name.EndsWith('/') && !name.Contains('\0', StringComparison.Ordinal) && RootedPath.TryResolve(_root, name) is { } path) return path;
        throw new StoreException(StoreCodes.Failed, $"'{name}' is no name of a file in {_root}: it is empty, leads out of the folder, or a link is in its place. Remove the link.", isTransient: false);
    }

    private static StoredObject? Find(string name, string path)
    {
        try
        {
            // A file that may not be looked at is not one that isn't there, as FileInfo.Exists would have it.
            if (File.GetAttributes(path).HasFlag(FileAttributes.Directory)) return null;
            var file = new FileInfo(path);
            return new StoredObject(name, file.Length, Checksum: null, new DateTimeOffset(file.LastWriteTimeUtc));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static FileRange OpenAt(string name, string path, long offset, long? length)
    {
        var descriptor = Posix.Open(path, Posix.ReadOnly | Posix.NoFollow | Posix.NonBlocking | Posix.CloseOnExec);
        if (descriptor < 0)
            throw Marshal.GetLastPInvokeError() is Posix.NoSuchFile ? new StoreException(StoreCodes.Missing, $"{path} is not there (any more).", isTransient: false) : Posix.LastError("open", path);
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            if (!Posix.Facts(file, path).IsRegular) throw new StoreException(StoreCodes.Failed, $"{name}: {path} is not a regular file.", isTransient: false);
            return new FileRange(new FileStream(file, FileAccess.Read, CopyBytes), offset, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Delete(string path) => _guard.Run(() =>
    {
        if (!Directory.Exists(Path.GetDirectoryName(path))) return;
        try
        {
            File.Delete(path);
            Durable.FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch (IOException e) when (e is DirectoryNotFoundException || e.HResult == Posix.NoSuchFile)
        {
            // Who deleted the last of its neighbours took the folder as well.
        }
        SubFolders.RemoveEmpty(_root, Path.GetDirectoryName(path)!);
    });

    // Names are compared here: a pattern would read * and ? in them. Links are neither listed nor followed.
    private List<string> Names(string namePrefix)
    {
        if (!Directory.Exists(_root)) return [];
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        return _guard.Run(() => Directory.EnumerateFiles(_root, "*", options).Select(path => Path.GetRelativePath(_root, path))
            .Where(name => name.StartsWith(namePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList());
    }

    private sealed class Staged(FolderStore store, string name, string partial, string path, StoredFile stored) : IStagedFile
    {
        private bool _published;

        public Task<StoredObject> PublishAsync(bool overwrite, CancellationToken cancellationToken)
        {
            store._guard.Run(() => Publish(overwrite), $"{path} is there already, and is kept.");
            var now = store._guard.Run(() => Find(name, path));
            if (now is null || now.SizeBytes != stored.SizeBytes)
                throw new StoreException(StoreCodes.Corrupted, $"{path} was stored with {stored.SizeBytes} bytes, but the disk has {now?.SizeBytes.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}. Distrust that disk.", isTransient: true);
            return Task.FromResult(now with { Checksum = stored.Checksum });
        }

        public ValueTask DisposeAsync()
        {
            if (!_published) store.Delete(partial);
            return ValueTask.CompletedTask;
        }

        private void Publish(bool overwrite)
        {
            if (overwrite) File.Move(partial, path, overwrite: true);
            else Durable.MoveToFreeName(partial, path);
            _published = true;
            // Folders that the name brought with it must outlive a power loss as well.
            for (var folder = Path.GetDirectoryName(path)!; folder.Length >= store._root.Length; folder = Path.GetDirectoryName(folder)!) Durable.FlushFolder(folder);
        }
    }
}
