using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.Objects;

/// <summary>
/// The calls of an object store that we need, each tried again by itself as often as makes sense. Keys are whole (with the prefix).
/// Every failure is a <see cref="StoreException"/> that says what to do.
/// </summary>
internal interface IObjectClient : IDisposable
{
    ObjectLimits Limits { get; }

    /// <summary><c>oss://bucket/key</c> or <c>s3://bucket/key</c>.</summary>
    string UrlOf(string key);

    Task<StoredObject> PutAsync(string key, PartBody body, bool overwrite, CancellationToken cancellationToken);

    /// <returns>The upload's id.</returns>
    Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken);

    /// <summary>The answer's checksum was compared with what was sent.</summary>
    Task<UploadedPart> UploadPartAsync(string key, string uploadId, int number, PartBody body, CancellationToken cancellationToken);

    /// <summary>Joins the parts, and compares size and checksum of the whole. An answer that got lost is looked for.</summary>
    Task<StoredObject> CompleteUploadAsync(string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool overwrite, CancellationToken cancellationToken);

    /// <summary>An upload that is not there any more is aborted already.</summary>
    Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken);

    IAsyncEnumerable<UnfinishedUpload> ListUploadsAsync(string keyPrefix, CancellationToken cancellationToken);

    /// <summary>The parts that the store has of an unfinished upload, by number.</summary>
    Task<IReadOnlyList<UploadedPart>> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken);

    Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken);

    Task<Stream> ReadAsync(string key, long offset, long? length, CancellationToken cancellationToken);

    IAsyncEnumerable<StoredObject> ListAsync(string keyPrefix, CancellationToken cancellationToken);

    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <param name="fileName">What a browser calls the download.</param>
    Uri Presign(string key, TimeSpan validFor, string fileName);

    Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken);
}

/// <param name="MinPartBytes">Of every part but the last.</param>
internal sealed record ObjectLimits(int MaxParts, long MinPartBytes, long MaxPartBytes);

/// <param name="Checksum">The part's own as the store gave it (CRC-64 at OSS); null where it gives none.</param>
internal sealed record UploadedPart(int Number, string ETag, long SizeBytes, string? Checksum);

internal sealed record UnfinishedUpload(string Key, string UploadId, DateTimeOffset? InitiatedAt);

/// <summary>The bytes of one part. They can be read as often as it takes to get them across.</summary>
internal abstract class PartBody
{
    public abstract long Length { get; }

    /// <summary>A stream from the first byte, seekable, and independent of others on the same part.</summary>
    public abstract Stream Open();

    public static PartBody Of(ReadOnlyMemory<byte> bytes) => new MemoryPart(bytes);

    private sealed class MemoryPart(ReadOnlyMemory<byte> bytes) : PartBody
    {
        public override long Length => bytes.Length;

        public override Stream Open() => new MemoryStream(bytes.ToArray(), writable: false);
    }
}
