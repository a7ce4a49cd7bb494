using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Tests.Stores;

/// <summary>A store in memory that fails where the test wants it to.</summary>
internal sealed class FakeStore : IArtifactStore, IArtifactStores
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _staged = new(StringComparer.Ordinal);

    /// <summary>Runs before each call with its name and the file's; whatever it throws is what the store does.</summary>
    public Action<string, string> Before { get; set; } = (_, _) => { };

    /// <summary>Awaited before a file is taken in.</summary>
    public Func<CancellationToken, Task> Slowness { get; set; } = _ => Task.CompletedTask;

    public TimeSpan? Skew { get; set; } = TimeSpan.Zero;

    public bool CanRefuse { get; set; } = true;

    public Func<byte[], byte[]> Reading { get; set; } = bytes => bytes;

    public bool KnowsLengths { get; set; } = true;

    public bool ForgetsToDelete { get; set; }

    /// <summary>As if the files were not there yet.</summary>
    public bool ListsNothing { get; set; }

    public bool IsDisposed { get; private set; }

    public List<string> NamesSeen { get; } = [];

    public IEnumerable<string> Left => _files.Keys.Concat(_staged);

    public IArtifactStore Open(Store store)
    {
        Before("open", "");
        return this;
    }

    public string UrlOf(string name) => "fake://" + name;

    public async Task<IStagedFile> StageAsync(string name, IBlockReader content, CancellationToken cancellationToken)
    {
        NamesSeen.Add(name);
        _staged.Add(name);
        await Slowness(cancellationToken);
        Before("stage", name);
        using var bytes = new MemoryStream();
        while (await content.ReadAsync(cancellationToken) is { } block)
        {
            bytes.Write(block.Bytes.Span);
            block.Release();
        }
        return new Staged(this, name, bytes.ToArray());
    }

    public Task<StoredObject?> FindAsync(string name, CancellationToken cancellationToken)
    {
        Before("find", name);
        return Task.FromResult(_files.TryGetValue(name, out var bytes) ? new StoredObject(name, bytes.Length, null, null) : null);
    }

    public Task<Stream> ReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        Before("read", name);
        var bytes = Reading(_files[name]);
        var rest = bytes[(int)offset..];
        return Task.FromResult<Stream>(new MemoryStream(length is { } wanted && KnowsLengths ? rest[..(int)wanted] : rest));
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string namePrefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Before("list", namePrefix);
        if (ListsNothing) yield break;
        foreach (var (name, bytes) in _files.Where(file => file.Key.StartsWith(namePrefix, StringComparison.Ordinal))) yield return new StoredObject(name, bytes.Length, null, null);
    }

    public async IAsyncEnumerable<StoredObject> ListStagedAsync(string namePrefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        Before("list staged", namePrefix);
        foreach (var name in _staged.Where(name => name.StartsWith(namePrefix, StringComparison.Ordinal))) yield return new StoredObject(name, -1, null, null);
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Before("delete", name);
        if (!ForgetsToDelete) _files.Remove(name);
        return Task.CompletedTask;
    }

    public Task DiscardStagedAsync(string namePrefix, CancellationToken cancellationToken)
    {
        Before("discard", namePrefix);
        _staged.RemoveWhere(name => name.StartsWith(namePrefix, StringComparison.Ordinal));
        return Task.CompletedTask;
    }

    public Uri? Presign(string name, TimeSpan validFor) => null;

    public Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken)
    {
        Before("clock", "");
        return Task.FromResult(Skew);
    }

    public Task<StoreSpace?> SpaceAsync(CancellationToken cancellationToken) => Task.FromResult<StoreSpace?>(null);

    public void Dispose() => IsDisposed = true;

    private sealed class Staged(FakeStore store, string name, byte[] bytes) : IStagedFile
    {
        public Task<StoredObject> PublishAsync(bool overwrite, CancellationToken cancellationToken)
        {
            store.Before("publish", name);
            if (!overwrite && store.CanRefuse && store._files.ContainsKey(name)) throw new StoreException(StoreCodes.Exists, "It is there.", isTransient: false);
            store._files[name] = bytes;
            store._staged.Remove(name);
            return Task.FromResult(new StoredObject(name, bytes.Length, null, null));
        }

        // A run that is killed does not get here; discarding is what cleans up then.
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
