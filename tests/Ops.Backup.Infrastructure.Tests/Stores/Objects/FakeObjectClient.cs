using System.Collections.Concurrent;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Tests.Stores.Objects;

/// <summary>A bucket in memory, with a place to break each part.</summary>
internal sealed class FakeObjectClient : IObjectClient
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<int, byte[]>> _uploads = new(StringComparer.Ordinal);
    private int _inFlight;

    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    public ObjectLimits Limits { get; init; } = new(10_000, 1, 5L * 1024 * 1024 * 1024);

    public Func<int, CancellationToken, Task> OnPart { get; set; } = (_, _) => Task.CompletedTask;

    public int MostInFlight { get; private set; }

    public int OpenUploads => _uploads.Count;

    public string UrlOf(string key) => "fake://" + key;

    public Task<StoredObject> PutAsync(string key, PartBody body, bool overwrite, CancellationToken cancellationToken)
    {
        Objects[key] = Bytes(body);
        return Task.FromResult(new StoredObject(key, body.Length, null, null));
    }

    public Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        _uploads[key] = new();
        return Task.FromResult(key);
    }

    public async Task<UploadedPart> UploadPartAsync(string key, string uploadId, int number, PartBody body, CancellationToken cancellationToken)
    {
        MostInFlight = Math.Max(MostInFlight, Interlocked.Increment(ref _inFlight));
        try
        {
            await Task.Yield();
            await OnPart(number, cancellationToken);
            _uploads[uploadId][number] = Bytes(body);
            return new UploadedPart(number, "etag", body.Length, null);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public Task<StoredObject> CompleteUploadAsync(string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool overwrite, CancellationToken cancellationToken)
    {
        _uploads.TryRemove(uploadId, out var stored);
        Objects[key] = [.. parts.SelectMany(part => stored![part.Number])];
        return Task.FromResult(new StoredObject(key, Objects[key].Length, null, null));
    }

    public Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        _uploads.TryRemove(uploadId, out _);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<UnfinishedUpload> ListUploadsAsync(string keyPrefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var key in _uploads.Keys.Where(key => key.StartsWith(keyPrefix, StringComparison.Ordinal))) yield return new UnfinishedUpload(key, key, null);
    }

    public Task<IReadOnlyList<UploadedPart>> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Stream> ReadAsync(string key, long offset, long? length, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredObject> ListAsync(string keyPrefix, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Uri Presign(string key, TimeSpan validFor, string fileName) => throw new NotSupportedException();

    public Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Dispose() { }

    private static byte[] Bytes(PartBody body)
    {
        using var stream = body.Open();
        var bytes = new byte[body.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
