using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Tests.Retention;

/// <summary>A store that fails where the test wants it to; the rest is the real one's.</summary>
internal sealed class FaultyStore(IArtifactStore inner, Action<string> beforeDelete, Action<string> beforeFind) : IArtifactStore
{
    public string UrlOf(string name) => inner.UrlOf(name);

    public Task<IStagedFile> StageAsync(string name, IBlockReader content, CancellationToken cancellationToken) => inner.StageAsync(name, content, cancellationToken);

    public Task<StoredObject?> FindAsync(string name, CancellationToken cancellationToken)
    {
        beforeFind(name);
        return inner.FindAsync(name, cancellationToken);
    }

    public Task<Stream> ReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) => inner.ReadAsync(name, offset, length, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string namePrefix, CancellationToken cancellationToken) => inner.ListAsync(namePrefix, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListStagedAsync(string namePrefix, CancellationToken cancellationToken) => inner.ListStagedAsync(namePrefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        beforeDelete(name);
        return inner.DeleteAsync(name, cancellationToken);
    }

    public Task DiscardStagedAsync(string namePrefix, CancellationToken cancellationToken) => inner.DiscardStagedAsync(namePrefix, cancellationToken);

    public Uri? Presign(string name, TimeSpan validFor) => inner.Presign(name, validFor);

    public Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken) => inner.ClockSkewAsync(cancellationToken);

    public Task<StoreSpace?> SpaceAsync(CancellationToken cancellationToken) => inner.SpaceAsync(cancellationToken);

    public void Dispose() => inner.Dispose();
}
