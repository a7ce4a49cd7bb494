using System.Runtime.CompilerServices;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.Objects;

/// <summary>
/// A bucket as a store of artifacts. A file that fits into one part is put at once, a larger one is sent in parts, several at a
/// time; either way nobody sees it before it is published, because an upload shows only when it is completed.
/// </summary>
/// <param name="spoolFolder">Where parts wait that are too large for the memory.</param>
internal sealed class ObjectStore(IObjectClient client, string prefix, string spoolFolder) : IArtifactStore
{
    private const int PartsInFlight = 4;
    private const int SpooledPartsInFlight = 2;

    public string UrlOf(string name) => client.UrlOf(prefix + name);

    public async Task<IStagedFile> StageAsync(string name, IBlockReader content, CancellationToken cancellationToken)
    {
        var parts = new PartAssembler(content, spoolFolder);
        try
        {
            var sizes = new PartSizes(client.Limits);
            var first = await parts.NextAsync(sizes.Next(0), cancellationToken);
            if (parts.AtEnd) return new StagedPut(this, name, first);
            var upload = new Upload(this, name, sizes);
            try
            {
                await upload.SendAsync(first, parts, cancellationToken);
                return upload;
            }
            catch
            {
                await upload.DisposeAsync();
                throw;
            }
        }
        finally
        {
            parts.Release();
        }
    }

    public async Task<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) =>
        await client.FindAsync(prefix + name, cancellationToken) is { } found ? Named(found) : null;

    public Task<Stream> ReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        client.ReadAsync(prefix + name, offset, length, cancellationToken);

    public async IAsyncEnumerable<StoredObject> ListAsync(string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var found in client.ListAsync(prefix + namePrefix, cancellationToken)) yield return Named(found);
    }

    public async IAsyncEnumerable<StoredObject> ListStagedAsync(string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var upload in client.ListUploadsAsync(prefix + namePrefix, cancellationToken))
            yield return Named(new StoredObject(upload.Key, SizeBytes: -1, Checksum: null, upload.InitiatedAt));
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => client.DeleteAsync(prefix + name, cancellationToken);

    public async Task DiscardStagedAsync(string namePrefix, CancellationToken cancellationToken)
    {
        await foreach (var upload in client.ListUploadsAsync(prefix + namePrefix, cancellationToken))
            await client.AbortUploadAsync(upload.Key, upload.UploadId, cancellationToken);
    }

    public Uri? Presign(string name, TimeSpan validFor) => client.Presign(prefix + name, validFor, Path.GetFileName(name));

    public Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken) => client.ClockSkewAsync(cancellationToken);

    public Task<StoreSpace?> SpaceAsync(CancellationToken cancellationToken) => Task.FromResult<StoreSpace?>(null);

    public void Dispose() => client.Dispose();

    private StoredObject Named(StoredObject found) => found with { Name = found.Name[prefix.Length..] };

    private sealed class StagedPut(ObjectStore store, string name, AssembledPart body) : IStagedFile
    {
        public async Task<StoredObject> PublishAsync(bool overwrite, CancellationToken cancellationToken) =>
            store.Named(await store.Client.PutAsync(store.Prefix + name, body, overwrite, cancellationToken));

        public ValueTask DisposeAsync()
        {
            body.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private IObjectClient Client => client;

    private string Prefix => prefix;

    private sealed class Upload(ObjectStore store, string name, PartSizes sizes) : IStagedFile
    {
        private readonly List<Task<UploadedPart>> _sent = [];
        private string? _id;
        private bool _published;

        private string Key => store.Prefix + name;

        public async Task SendAsync(AssembledPart first, PartAssembler parts, CancellationToken cancellationToken)
        {
            using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var slots = new SemaphoreSlim(PartsInFlight);
            try
            {
                var part = first;
                var sentBytes = 0L;
                for (var number = 1; ; number++)
                {
                    // The part is the sender's from here on, also when it never gets a slot.
                    using var unsent = new Unsent(part);
                    _id ??= await store.Client.BeginUploadAsync(Key, cancellationToken);
                    var weight = part is SpooledPart ? PartsInFlight / SpooledPartsInFlight : 1;
                    for (var slot = 0; slot < weight; slot++) await slots.WaitAsync(failed.Token);
                    sentBytes += part.Length;
                    _sent.Add(SendAsync(number, unsent.Take(), slots, weight, failed));
                    if (parts.AtEnd) break;
                    if (number == store.Client.Limits.MaxParts)
                        throw new StoreException(StoreCodes.Full, $"{store.UrlOf(name)} needs more than the {number} parts that the store allows, after {sentBytes} bytes.", isTransient: false);
                    part = await parts.NextAsync(sizes.Next(sentBytes), failed.Token);
                }
                await Task.WhenAll(_sent);
            }
            catch (Exception e)
            {
                await failed.CancelAsync();
                await Task.WhenAll(_sent).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                // The first part that failed tells why; the cancelled ones only followed.
                var reason = _sent.Select(part => part.Exception?.InnerException).FirstOrDefault(inner => inner is not null and not OperationCanceledException);
                if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested && reason is not null)
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
                throw;
            }
        }

        public async Task<StoredObject> PublishAsync(bool overwrite, CancellationToken cancellationToken)
        {
            UploadedPart[] parts = [.. _sent.Select(part => part.Result)];
            var stored = await store.Client.CompleteUploadAsync(Key, _id!, parts, overwrite, cancellationToken);
            _published = true;
            return store.Named(stored);
        }

        public async ValueTask DisposeAsync()
        {
            if (_id is null || _published) return;
            try
            {
                await store.Client.AbortUploadAsync(Key, _id, CancellationToken.None);
            }
            catch (StoreException)
            {
                // The store may be what failed. The clean-up of the run finds the upload again.
            }
        }

        private async Task<UploadedPart> SendAsync(int number, AssembledPart part, SemaphoreSlim slots, int weight, CancellationTokenSource failed)
        {
            try
            {
                using (part) return await store.Client.UploadPartAsync(Key, _id!, number, part, failed.Token);
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
            finally
            {
                slots.Release(weight);
            }
        }

        /// <summary>Disposes a part that nobody took.</summary>
        private sealed class Unsent(AssembledPart part) : IDisposable
        {
            private AssembledPart? _part = part;

            public AssembledPart Take()
            {
                var taken = _part!;
                _part = null;
                return taken;
            }

            public void Dispose() => _part?.Dispose();
        }
    }
}
