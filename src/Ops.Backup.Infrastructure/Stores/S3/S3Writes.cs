using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>Brings objects in, and believes nothing until the server's own figures agree.</summary>
internal sealed class S3Writes(AmazonS3Client client, S3Settings settings, S3Requests requests, S3Attempts attempts, S3Heads heads, S3Options options)
{
    // Servers seen to reckon the ETag of joined parts in a way of their own. By endpoint, and for the process's life: finding out costs a read of the whole.
    private static readonly ConcurrentDictionary<string, bool> OwnReckoning = new(StringComparer.Ordinal);

    private volatile bool _knowsNoConditions;

    public async Task<StoredObject> PutAsync(string key, PartBody body, bool overwrite, CancellationToken cancellationToken)
    {
        var md5 = await Md5Async(body, cancellationToken);
        var etag = ETags.Of(md5);
        if (!overwrite) await RefuseTakenAsync(key, cancellationToken);
        var answer = await attempts.RunAsync($"store {key}", async watch =>
        {
            var answered = await ConditionallyAsync(overwrite, async refuseTaken =>
            {
                using var stream = new WatchedBody(body.Open(), watch);
                return await client.PutObjectAsync(requests.Put(key, stream, md5, refuseTaken), watch.Token);
            });
            var got = ETags.Bare(answered.ETag);
            if (ETags.IsMd5(got, answered.ServerSideEncryptionMethod) && !ETags.Same(got, etag))
            {
                await DeleteQuietlyAsync(key, cancellationToken);
                throw S3Failures.Corrupted($"{key} was sent with the MD5 {etag} and arrived with {got}.");
            }
            return new Answer(got);
        }, cancellationToken, settle: async failure =>
        {
            // After a lost answer the next attempt, which may be one that HttpClient made by itself, finds the name taken: by us.
            if (failure.Code is not (StoreCodes.Exists or StoreCodes.Unreachable)) return null;
            var there = await heads.GlanceAsync(key, cancellationToken);
            if (there is not { Checksum: { } checksum } || there.SizeBytes != body.Length) return null;
            // The name was free before. Under a KMS key the size has to do.
            var isOurs = ETags.Same(checksum, $"etag:{etag}") || (failure.Code is StoreCodes.Exists && settings.ServerSideEncryption is ServerSideEncryption.Kms);
            return isOurs ? new Answer(checksum["etag:".Length..]) : null;
        });
        return await ConfirmAsync(key, body.Length, answer.ETag, cancellationToken);
    }

    public async Task<string> BeginAsync(string key, CancellationToken cancellationToken) =>
        await attempts.RunAsync($"begin the upload of {key}", async watch => (await client.InitiateMultipartUploadAsync(requests.Begin(key), watch.Token)).UploadId, cancellationToken);

    public async Task<UploadedPart> PartAsync(string key, string uploadId, int number, PartBody body, CancellationToken cancellationToken)
    {
        var md5 = await Md5Async(body, cancellationToken);
        return await attempts.RunAsync($"send part {number} of {key}", async watch =>
        {
            using var stream = new WatchedBody(body.Open(), watch);
            var answer = await client.UploadPartAsync(requests.Part(key, uploadId, number, stream, md5), watch.Token);
            var got = ETags.Bare(answer.ETag);
            if (got.Length == 0) throw S3Failures.Corrupted($"Part {number} of {key} came without an ETag.");
            if (ETags.IsMd5(got, answer.ServerSideEncryptionMethod) && !ETags.Same(got, ETags.Of(md5)))
                throw S3Failures.Corrupted($"Part {number} of {key} was sent with the MD5 {ETags.Of(md5)} and arrived with {got}.");
            return new UploadedPart(number, got, body.Length, Checksum: null);
        }, cancellationToken);
    }

    public async Task<StoredObject> CompleteAsync(string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool overwrite, CancellationToken cancellationToken)
    {
        var size = parts.Sum(part => part.SizeBytes);
        var before = overwrite ? await heads.FindAsync(key, cancellationToken) : await RefuseTakenAsync(key, cancellationToken);
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = settings.Bucket,
            Key = key,
            UploadId = uploadId,
            PartETags = [.. parts.OrderBy(part => part.Number).Select(part => new PartETag(part.Number, ETags.Quoted(part.ETag)))],
        };
        var answer = await attempts.RunAsync($"join the parts of {key}", async watch =>
        {
            var answered = await ConditionallyAsync(overwrite, refuseTaken =>
            {
                request.IfNoneMatch = refuseTaken ? "*" : null;
                return client.CompleteMultipartUploadAsync(request, watch.Token);
            });
            // S3 may begin its answer with 200 and find out later that it failed.
            if (ETags.Bare(answered.ETag) is not { Length: > 0 } etag)
                throw new AmazonS3Exception("The answer has no ETag.", Amazon.Runtime.ErrorType.Receiver, "InternalError", "", HttpStatusCode.InternalServerError);
            return new Answer(etag, ETags.IsKms(answered.ServerSideEncryptionMethod));
        }, cancellationToken, options.CompleteTimeout, settle: async failure =>
        {
            // Its answer may have got lost: then the upload is gone, or the name is taken, and by us.
            if (!failure.IsTransient && failure.Code is not (StoreCodes.Missing or StoreCodes.Exists)) return null;
            var there = await heads.GlanceAsync(key, cancellationToken);
            return there is not null && there.SizeBytes == size && IsOurs(there, before, parts) ? new Answer(there.Checksum?["etag:".Length..] ?? "") : null;
        });
        if (!answer.IsKms) await CompareWholeAsync(key, answer.ETag, parts, cancellationToken);
        return await ConfirmAsync(key, size, answer.ETag, cancellationToken);
    }

    // Where the ETag can't be reckoned here, it must at least not be the one that was there before.
    private static bool IsOurs(StoredObject there, StoredObject? before, IReadOnlyList<UploadedPart> parts) =>
        there.Checksum is { } checksum && (ETags.OfParts(parts) is { } expected && ETags.Same(checksum, $"etag:{expected}") || before?.Checksum != checksum);

    private async Task CompareWholeAsync(string key, string etag, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        var place = settings.Endpoint ?? settings.Region;
        if (!ETags.IsOfParts(etag, parts.Count) || ETags.OfParts(parts) is not { } expected || ETags.Same(etag, expected) || OwnReckoning.ContainsKey(place)) return;
        // Some servers (Alibaba's, old Ceph) write the same form and reckon it otherwise. What they really have only reading tells.
        var offset = 0L;
        foreach (var part in parts.OrderBy(part => part.Number))
        {
            if (!ETags.Same(await StoredMd5Async(key, offset, part.SizeBytes, cancellationToken), part.ETag))
            {
                await DeleteQuietlyAsync(key, cancellationToken);
                throw S3Failures.Corrupted($"{key} has the ETag {etag} instead of {expected}, and part {part.Number} reads back differently.");
            }
            offset += part.SizeBytes;
        }
        OwnReckoning[place] = true;
    }

    private async Task<string> StoredMd5Async(string key, long offset, long length, CancellationToken cancellationToken)
    {
        if (length == 0) return ETags.Of(MD5Empty);
        return await attempts.RunAsync($"read {key} back", async watch =>
        {
            using var answer = await client.GetObjectAsync(
                new GetObjectRequest { BucketName = settings.Bucket, Key = key, ByteRange = new ByteRange(offset, offset + length - 1) }, watch.Token);
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            var buffer = new byte[128 * 1024];
            for (int read; (read = await answer.ResponseStream.ReadAsync(buffer, watch.Token)) > 0; watch.Moved()) md5.AppendData(buffer, 0, read);
            return ETags.Of(md5.GetHashAndReset());
        }, cancellationToken);
    }

    private async Task<StoredObject> ConfirmAsync(string key, long size, string etag, CancellationToken cancellationToken)
    {
        var there = await heads.FindAsync(key, cancellationToken)
            ?? throw new StoreException(StoreCodes.Missing, $"{key} was stored, and the server does not have it. Look whether a rule of the bucket deletes it.", isTransient: true);
        if (there.SizeBytes == size && (there.Checksum is null || ETags.Same(there.Checksum, $"etag:{etag}"))) return there;
        throw S3Failures.Corrupted($"{key} was stored with {size} bytes and ETag {etag}, and the server has {there.SizeBytes} bytes with {there.Checksum ?? "none"}.");
    }

    // Asked beforehand as well: some servers take the condition and don't heed it.
    private async Task<StoredObject?> RefuseTakenAsync(string key, CancellationToken cancellationToken) =>
        await heads.FindAsync(key, cancellationToken) is null ? null
            : throw new StoreException(StoreCodes.Exists, $"{key} is in bucket {settings.Bucket} already, and it is not to be overwritten.", isTransient: false);

    private async Task<T> ConditionallyAsync<T>(bool overwrite, Func<bool, Task<T>> call)
    {
        var refuseTaken = !overwrite && !_knowsNoConditions;
        try
        {
            return await call(refuseTaken);
        }
        catch (AmazonS3Exception e) when (refuseTaken && (e.StatusCode is HttpStatusCode.NotImplemented || e.ErrorCode is "NotImplemented"))
        {
            _knowsNoConditions = true;
            return await call(arg: false);
        }
    }

    private async Task DeleteQuietlyAsync(string key, CancellationToken cancellationToken)
    {
        try { await client.DeleteObjectAsync(settings.Bucket, key, cancellationToken); }
        catch (AmazonS3Exception) { /* what is wrong with it is reported anyway */ }
    }

    private static readonly byte[] MD5Empty = Convert.FromHexString("d41d8cd98f00b204e9800998ecf8427e");

    private static async Task<byte[]> Md5Async(PartBody body, CancellationToken cancellationToken)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        await using var stream = body.Open();
        var buffer = new byte[128 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;) md5.AppendData(buffer, 0, read);
        return md5.GetHashAndReset();
    }

    private sealed record Answer(string ETag, bool IsKms = false);
}
