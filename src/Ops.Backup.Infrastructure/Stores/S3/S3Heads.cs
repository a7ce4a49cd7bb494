using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>Asks what is under a key now.</summary>
internal sealed class S3Heads(AmazonS3Client client, S3Settings settings, S3Attempts attempts, S3Options options)
{
    public async Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) =>
        (await attempts.RunAsync($"look for {key}", async watch => new Found(await AskAsync(key, watch.Token)), cancellationToken)).Object;

    /// <summary>One try only, null also where there is no answer: for who has a failure already and wants to know whether it was one.</summary>
    public async Task<StoredObject?> GlanceAsync(string key, CancellationToken cancellationToken)
    {
        using var watch = new IdleWatch(options.IdleTimeout, cancellationToken);
        try
        {
            return await AskAsync(key, watch.Token);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<StoredObject?> AskAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var facts = await client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = settings.Bucket, Key = key }, cancellationToken);
            return new StoredObject(key, facts.ContentLength, Checksum(facts.ETag), When(facts.LastModified));
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            await RefuseMissingBucketAsync(cancellationToken);
            return null;
        }
    }

    public static string? Checksum(string? etag) => ETags.Bare(etag) is { Length: > 0 } bare ? $"etag:{bare}" : null;

    public static DateTimeOffset? When(DateTime? time) => time is { } value ? new DateTimeOffset(value.ToUniversalTime(), TimeSpan.Zero) : null;

    // The answer to a HEAD has no body that would tell a missing key from a missing bucket, and the latter must not look like a deleted backup.
    private async Task RefuseMissingBucketAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.HeadBucketAsync(new HeadBucketRequest { BucketName = settings.Bucket }, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            throw new AmazonS3Exception(e.Message, e, Amazon.Runtime.ErrorType.Sender, "NoSuchBucket", e.RequestId, e.StatusCode);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed)
        {
            // This key may not ask; then the first answer has to do.
        }
    }

    private sealed record Found(StoredObject? Object);
}
