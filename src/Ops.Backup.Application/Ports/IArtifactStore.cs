using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Ports;

/// <summary>Opens a store with its settings and credentials; nothing is contacted yet.</summary>
public interface IArtifactStores
{
    IArtifactStore Open(Store store);
}

/// <summary>
/// One store, as an artifact's files meet it. Names are relative to the store's folder or prefix. Every failure is a
/// <see cref="StoreException"/>, after the retries that make sense.
/// </summary>
public interface IArtifactStore : IDisposable
{
    /// <summary>How people and other programs find the file: <c>/path</c>, <c>oss://bucket/key</c>, <c>s3://bucket/key</c>, <c>remote:path</c>.</summary>
    string UrlOf(string name);

    /// <summary>Takes in a file of unknown length; nobody sees it under its name before it is published.</summary>
    Task<IStagedFile> StageAsync(string name, IBlockReader content, CancellationToken cancellationToken);

    /// <summary>The file's facts as the store has them now; null when it is not there.</summary>
    Task<StoredObject?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads from a byte on, to the end or so many bytes.</summary>
    Task<Stream> ReadAsync(string name, long offset, long? length, CancellationToken cancellationToken);

    /// <summary>Files whose names begin so, in the store's order; not those that are staged.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string namePrefix, CancellationToken cancellationToken);

    /// <summary>
    /// Staged files and unfinished uploads whose names begin so, as they will be called, in no order. The size is -1, and the time null, where
    /// the store does not tell.
    /// </summary>
    IAsyncEnumerable<StoredObject> ListStagedAsync(string namePrefix, CancellationToken cancellationToken);

    /// <summary>A file that is not there is deleted already.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes what runs left that never published: staged files, unfinished uploads, whose names begin so.</summary>
    Task DiscardStagedAsync(string namePrefix, CancellationToken cancellationToken);

    /// <summary>A link by which anybody can fetch the file for a while; null where the kind of store has none.</summary>
    Uri? Presign(string name, TimeSpan validFor);

    /// <summary>By how much the store's clock is ahead of ours; null where there is no telling.</summary>
    Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken);

    /// <summary>Null where the kind of store can't tell.</summary>
    Task<StoreSpace?> SpaceAsync(CancellationToken cancellationToken);
}

/// <summary>A file that a store has taken in whole. Disposed unpublished, it is discarded.</summary>
public interface IStagedFile : IAsyncDisposable
{
    /// <summary>Gives it its name, and asks the store for size and checksum.</summary>
    /// <param name="overwrite">When false and the name is taken: <see cref="StoreCodes.Exists"/>, where the store can tell.</param>
    /// <exception cref="StoreException">It is not there as it was sent.</exception>
    Task<StoredObject> PublishAsync(bool overwrite, CancellationToken cancellationToken);
}

/// <param name="Checksum">As the store gave it: <c>crc64:…</c>, <c>etag:…</c>, <c>md5:…</c>; null where it gives none.</param>
public sealed record StoredObject(string Name, long SizeBytes, string? Checksum, DateTimeOffset? ModifiedAt);

public sealed record StoreSpace(long FreeBytes, long TotalBytes);

/// <summary>A store refused or failed. The message says what to do, and has no secret in it.</summary>
/// <param name="isTransient">Another try later may well succeed.</param>
public sealed class StoreException(string code, string message, bool isTransient, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;

    public bool IsTransient { get; } = isTransient;
}

/// <summary>Stable codes of <see cref="StoreException"/>.</summary>
public static class StoreCodes
{
    public const string Unreachable = "STORE_UNREACHABLE";
    public const string WrongKey = "STORE_KEY_WRONG";
    public const string TokenExpired = "STORE_TOKEN_EXPIRED";
    public const string WrongRegion = "STORE_REGION_WRONG";
    public const string NoBucket = "STORE_BUCKET_MISSING";
    public const string Denied = "STORE_ACCESS_DENIED";
    public const string ClockSkew = "STORE_CLOCK_SKEW";
    public const string Throttled = "STORE_THROTTLED";
    public const string Corrupted = "STORE_CHECKSUM_MISMATCH";
    public const string Exists = "STORE_OBJECT_EXISTS";
    public const string Missing = "STORE_OBJECT_MISSING";
    public const string Full = "STORE_FULL";
    public const string DiskFull = "DISK_FULL";
    public const string ToolMissing = "STORE_TOOL_MISSING";
    public const string Failed = "STORE_FAILED";
}
