namespace Ops.Backup.Testing.Oss;

/// <summary>An object as a test sees it.</summary>
public sealed record OssObject(string Bucket, string Key, long SizeBytes, ulong Crc64, string ETag, DateTimeOffset ModifiedAt, IReadOnlyDictionary<string, string> Headers)
{
    internal OssBytes Body { get; init; } = new([]);
}

/// <summary>An upload that was begun and neither completed nor aborted.</summary>
public sealed record OssUpload(string Bucket, string Key, string UploadId, DateTimeOffset InitiatedAt, int Parts, long SizeBytes);

/// <param name="Target">Path and query as they came over the wire.</param>
public sealed record OssServedRequest(OssOperation Operation, string Method, string Target, string Bucket, string Key, IReadOnlyDictionary<string, string> Headers, DateTimeOffset At)
{
    /// <summary>0 until it is answered, and when the connection was broken off instead.</summary>
    public int Status { get; internal set; }

    /// <summary>Of its body, so far.</summary>
    public long BytesIn { get; internal set; }
}

internal sealed record OssPart(int Number, string ETag, ulong Crc, OssBytes Body, DateTimeOffset At);

internal sealed class OssOpenUpload(string bucket, string key, string id, DateTimeOffset at, IReadOnlyDictionary<string, string> headers)
{
    public string Bucket { get; } = bucket;

    public string Key { get; } = key;

    public string Id { get; } = id;

    public DateTimeOffset At { get; } = at;

    public IReadOnlyDictionary<string, string> Headers { get; } = headers;

    public SortedDictionary<int, OssPart> Parts { get; } = [];
}

/// <summary>All that the server holds. One lock is enough: bodies are read and written outside it.</summary>
internal sealed class OssState
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _buckets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Bucket, string Key), OssObject> _objects = new(ByKey.Instance);
    private readonly Dictionary<string, OssOpenUpload> _uploads = new(StringComparer.Ordinal);
    private int _uploadNumber;

    public IReadOnlyList<OssObject> Objects
    {
        get { lock (_lock) return [.. _objects.Values]; }
    }

    public IReadOnlyList<OssUpload> Uploads
    {
        get { lock (_lock) return [.. _uploads.Values.Select(one => new OssUpload(one.Bucket, one.Key, one.Id, one.At, one.Parts.Count, one.Parts.Values.Sum(part => part.Body.Length)))]; }
    }

    public void AddBucket(string name)
    {
        lock (_lock) _buckets.Add(name);
    }

    public void RequireBucket(string name)
    {
        lock (_lock)
            if (!_buckets.Contains(name)) throw new OssRefusal(404, "NoSuchBucket", "The specified bucket does not exist.");
    }

    public OssObject Require(string bucket, string key) => Find(bucket, key) ?? throw new OssRefusal(404, "NoSuchKey", "The specified key does not exist.");

    public OssObject? Find(string bucket, string key)
    {
        lock (_lock) return _objects.GetValueOrDefault((bucket, key));
    }

    public void Store(OssObject stored, bool overwrite)
    {
        lock (_lock)
        {
            if (!overwrite && _objects.ContainsKey((stored.Bucket, stored.Key))) throw new OssRefusal(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.");
            if (_objects.TryGetValue((stored.Bucket, stored.Key), out var old)) old.Body.Delete();
            _objects[(stored.Bucket, stored.Key)] = stored;
        }
    }

    public void Replace(string bucket, string key, Func<OssObject, OssObject> change)
    {
        lock (_lock) _objects[(bucket, key)] = change(_objects[(bucket, key)]);
    }

    public void Delete(string bucket, string key)
    {
        lock (_lock)
            if (_objects.Remove((bucket, key), out var old)) old.Body.Delete();
    }

    public OssOpenUpload Begin(string bucket, string key, DateTimeOffset at, IReadOnlyDictionary<string, string> headers)
    {
        lock (_lock)
        {
            var upload = new OssOpenUpload(bucket, key, $"{++_uploadNumber:X8}{Guid.NewGuid():N}", at, headers);
            _uploads.Add(upload.Id, upload);
            return upload;
        }
    }

    public OssOpenUpload RequireUpload(string bucket, string key, string? id)
    {
        lock (_lock)
        {
            return id is not null && _uploads.TryGetValue(id, out var upload) && upload.Bucket == bucket && upload.Key == key ? upload
                : throw new OssRefusal(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.");
        }
    }

    public void StorePart(OssOpenUpload upload, OssPart part)
    {
        lock (_lock)
        {
            if (upload.Parts.TryGetValue(part.Number, out var old)) old.Body.Delete();
            upload.Parts[part.Number] = part;
        }
    }

    public IReadOnlyList<OssPart> PartsOf(OssOpenUpload upload)
    {
        lock (_lock) return [.. upload.Parts.Values];
    }

    /// <summary>Ends the upload; who completes it keeps the bodies of the parts it names.</summary>
    public void End(OssOpenUpload upload, IReadOnlySet<int> kept)
    {
        lock (_lock)
        {
            _uploads.Remove(upload.Id);
            foreach (var part in upload.Parts.Values.Where(part => !kept.Contains(part.Number))) part.Body.Delete();
        }
    }

    // OSS lists by the bytes of UTF-8, which for what tests use is the order of ordinals.
    private sealed class ByKey : IComparer<(string Bucket, string Key)>
    {
        public static readonly ByKey Instance = new();

        public int Compare((string Bucket, string Key) x, (string Bucket, string Key) y) =>
            string.CompareOrdinal(x.Bucket, y.Bucket) is var order && order != 0 ? order : string.CompareOrdinal(x.Key, y.Key);
    }
}
