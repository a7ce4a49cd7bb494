using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>AWS S3, and what speaks like it.</summary>
internal sealed class S3Client : IObjectClient
{
    private const long MiB = 1024 * 1024;

    private readonly S3Settings _settings;
    private readonly S3Options _options;
    private readonly TimeProvider _time;
    private readonly S3Connection _connection;
    private readonly S3Requests _requests;
    private readonly S3Failures _failures;
    private readonly S3Attempts _attempts;
    private readonly S3Heads _heads;
    private readonly S3Writes _writes;

    public S3Client(S3Settings settings, StoreCredentials credentials, TimeProvider time, S3Options options)
    {
        (_settings, _options, _time) = (settings, options, time);
        _connection = new S3Connection(settings, credentials, options);
        _requests = new S3Requests(settings, time);
        _failures = new S3Failures(settings, credentials);
        _attempts = new S3Attempts(options, _failures, time);
        _heads = new S3Heads(_connection.Client, settings, _attempts, options);
        _writes = new S3Writes(_connection.Client, settings, _requests, _attempts, _heads, options);
    }

    public ObjectLimits Limits => new(_settings.MaxParts, 5 * MiB, 5 * 1024 * MiB);

    public string UrlOf(string key) => $"s3://{_settings.Bucket}/{key}";

    public Task<StoredObject> PutAsync(string key, PartBody body, bool overwrite, CancellationToken cancellationToken) =>
        _writes.PutAsync(key, body, overwrite, cancellationToken);

    public Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken) => _writes.BeginAsync(key, cancellationToken);

    public Task<UploadedPart> UploadPartAsync(string key, string uploadId, int number, PartBody body, CancellationToken cancellationToken) =>
        _writes.PartAsync(key, uploadId, number, body, cancellationToken);

    public Task<StoredObject> CompleteUploadAsync(string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool overwrite, CancellationToken cancellationToken) =>
        _writes.CompleteAsync(key, uploadId, parts, overwrite, cancellationToken);

    public Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken) =>
        GoneAsync($"abort the upload of {key}", token => _connection.Client.AbortMultipartUploadAsync(
            new AbortMultipartUploadRequest { BucketName = _settings.Bucket, Key = key, UploadId = uploadId }, token), cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken) =>
        GoneAsync($"delete {key}", token => _connection.Client.DeleteObjectAsync(
            new DeleteObjectRequest { BucketName = _settings.Bucket, Key = key }, token), cancellationToken);

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => _heads.FindAsync(key, cancellationToken);

    public async Task<Stream> ReadAsync(string key, long offset, long? length, CancellationToken cancellationToken)
    {
        if (length != 0) return await S3Download.OpenAsync(_connection.Client, _attempts, _options, _failures, _settings.Bucket, key, offset, length, cancellationToken);
        // An empty range can't be asked for.
        return await FindAsync(key, cancellationToken) is not null ? Stream.Null
            : throw new StoreException(StoreCodes.Missing, $"Could not read {key}: the server does not have it (any more).", isTransient: false);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string keyPrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _settings.Bucket, Prefix = keyPrefix };
        do
        {
            var page = await _attempts.RunAsync($"list {keyPrefix}", watch => _connection.Client.ListObjectsV2Async(request, watch.Token), cancellationToken);
            foreach (var item in page.S3Objects ?? [])
                yield return new StoredObject(item.Key, item.Size ?? 0, S3Heads.Checksum(item.ETag), S3Heads.When(item.LastModified));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (!string.IsNullOrEmpty(request.ContinuationToken));
    }

    public async IAsyncEnumerable<UnfinishedUpload> ListUploadsAsync(string keyPrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = _settings.Bucket, Prefix = keyPrefix };
        while (true)
        {
            var page = await _attempts.RunAsync($"list the unfinished uploads of {keyPrefix}", watch => ListUploadsAsync(request, watch.Token), cancellationToken);
            // MinIO lists a prefix's uploads only for a whole key, others ignore the prefix; so it is looked at here too.
            foreach (var upload in page.MultipartUploads ?? [])
                if (upload.Key.StartsWith(keyPrefix, StringComparison.Ordinal)) yield return new UnfinishedUpload(upload.Key, upload.UploadId, S3Heads.When(upload.Initiated));
            if (page.IsTruncated != true || string.IsNullOrEmpty(page.NextKeyMarker)) yield break;
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    // A server that can't list them must not fail every backup for that; what a killed run left there is then for the bucket's own rules.
    private async Task<ListMultipartUploadsResponse> ListUploadsAsync(ListMultipartUploadsRequest request, CancellationToken cancellationToken)
    {
        try { return await _connection.Client.ListMultipartUploadsAsync(request, cancellationToken); }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotImplemented || e.ErrorCode is "NotImplemented") { return new ListMultipartUploadsResponse(); }
    }

    public async Task<IReadOnlyList<UploadedPart>> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        var parts = new List<UploadedPart>();
        var request = new ListPartsRequest { BucketName = _settings.Bucket, Key = key, UploadId = uploadId };
        while (true)
        {
            var page = await _attempts.RunAsync($"list the parts of {key}", watch => _connection.Client.ListPartsAsync(request, watch.Token), cancellationToken);
            foreach (var part in page.Parts ?? []) parts.Add(new UploadedPart(part.PartNumber ?? 0, ETags.Bare(part.ETag), part.Size ?? 0, Checksum: null));
            if (page.IsTruncated != true || page.NextPartNumberMarker is null) return [.. parts.OrderBy(part => part.Number)];
            request.PartNumberMarker = page.NextPartNumberMarker.Value.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">S3's links live at most seven days.</exception>
    public Uri Presign(string key, TimeSpan validFor, string fileName)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(validFor, TimeSpan.FromDays(7));
        var ascii = new StringBuilder();
        foreach (var character in fileName) ascii.Append(character is >= ' ' and < '\x7f' and not ('"' or '\\' or '%') ? character : '_');
        var disposition = $"attachment; filename=\"{ascii}\"; filename*=UTF-8''{Uri.EscapeDataString(fileName)}";
        // By the SDK's clock: it turns the end back into a duration.
        return new Uri(_connection.Client.GetPreSignedURL(_requests.Link(key, DateTime.UtcNow + validFor, _connection.IsPlain, disposition)));
    }

    public async Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken)
    {
        using var watch = new IdleWatch(_options.IdleTimeout, cancellationToken);
        try
        {
            return await _connection.SkewAsync(_time, watch.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw _failures.Of(e, "ask for the server's time", watch);
        }
    }

    public void Dispose() => _connection.Dispose();

    // What is not there any more is gone, as it was to be; a bucket that is not there is another matter.
    private async Task GoneAsync<T>(string doing, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) where T : class
    {
        try
        {
            await _attempts.RunAsync(doing, watch => call(watch.Token), cancellationToken);
        }
        catch (StoreException e) when (e.Code is StoreCodes.Missing)
        {
            // done
        }
    }
}
