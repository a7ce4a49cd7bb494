using Amazon.S3;
using Amazon.S3.Model;
using Ops.Backup.Domain.Stores;
using LockMode = Ops.Backup.Domain.Stores.ObjectLockMode;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>The requests that bring something in, with what the settings ask of the server.</summary>
internal sealed class S3Requests(S3Settings settings, TimeProvider time)
{
    private const string ContentType = "application/octet-stream";

    private ServerSideEncryptionMethod? Encryption => settings.ServerSideEncryption switch
    {
        ServerSideEncryption.Aes256 => ServerSideEncryptionMethod.AES256,
        ServerSideEncryption.Kms => ServerSideEncryptionMethod.AWSKMS,
        _ => null,
    };

    private S3StorageClass? StorageClass => settings.StorageClass is { } name ? S3StorageClass.FindValue(name) : null;

    private Amazon.S3.ObjectLockMode? Lock => settings.ObjectLockDays is null ? null
        : settings.ObjectLockMode is LockMode.Compliance ? Amazon.S3.ObjectLockMode.Compliance : Amazon.S3.ObjectLockMode.Governance;

    private DateTime? LockedUntil => settings.ObjectLockDays is { } days ? time.GetUtcNow().AddDays(days).UtcDateTime : null;

    public PutObjectRequest Put(string key, Stream body, byte[] md5, bool refuseTaken) => new()
    {
        BucketName = settings.Bucket,
        Key = key,
        InputStream = body,
        AutoCloseStream = false,
        UseChunkEncoding = false,
        MD5Digest = Convert.ToBase64String(md5),
        ContentType = ContentType,
        IfNoneMatch = refuseTaken ? "*" : null,
        ServerSideEncryptionMethod = Encryption,
        ServerSideEncryptionKeyManagementServiceKeyId = settings.KmsKeyId,
        StorageClass = StorageClass,
        ObjectLockMode = Lock,
        ObjectLockRetainUntilDate = LockedUntil,
    };

    public InitiateMultipartUploadRequest Begin(string key) => new()
    {
        BucketName = settings.Bucket,
        Key = key,
        ContentType = ContentType,
        ServerSideEncryptionMethod = Encryption,
        ServerSideEncryptionKeyManagementServiceKeyId = settings.KmsKeyId,
        StorageClass = StorageClass,
        ObjectLockMode = Lock,
        ObjectLockRetainUntilDate = LockedUntil,
    };

    public UploadPartRequest Part(string key, string uploadId, int number, Stream body, byte[] md5) => new()
    {
        BucketName = settings.Bucket,
        Key = key,
        UploadId = uploadId,
        PartNumber = number,
        InputStream = body,
        PartSize = body.Length,
        UseChunkEncoding = false,
        MD5Digest = Convert.ToBase64String(md5),
    };

    public GetPreSignedUrlRequest Link(string key, DateTime expires, bool isPlain, string disposition) => new()
    {
        BucketName = settings.Bucket,
        Key = key,
        Verb = HttpVerb.GET,
        Expires = expires,
        Protocol = isPlain ? Protocol.HTTP : Protocol.HTTPS,
        ResponseHeaderOverrides = new ResponseHeaderOverrides { ContentDisposition = disposition },
    };
}
