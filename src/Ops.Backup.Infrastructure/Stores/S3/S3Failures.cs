using System.Globalization;
using System.Security.Authentication;
using Amazon.Runtime;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>Says of every failure what it is and what to do.</summary>
internal sealed class S3Failures(S3Settings settings, StoreCredentials credentials)
{
    private const int LongestServerMessage = 300;

    private string Where => settings.Endpoint ?? $"AWS region {settings.Region}";

    public StoreException Of(Exception failure, string doing, IdleWatch? watch = null) => failure switch
    {
        StoreException known => known,
        _ when watch?.RanOut == true =>
            new StoreException(StoreCodes.Unreachable, $"Could not {doing}: no byte moved for {watch.Patience.TotalSeconds:0.###} s. Check the network to {Where}.", isTransient: true, failure),
        AmazonServiceException answer when answer.ErrorCode is { Length: > 0 } || (int)answer.StatusCode > 0 => Answered(answer, doing),
        _ when Inner<AuthenticationException>(failure) is { } tls =>
            new StoreException(StoreCodes.Unreachable, $"Could not {doing}: the certificate of {Where} is not trusted here ({tls.Message}). Install its authority's certificate, or correct the endpoint.", isTransient: false, failure),
        _ when Inner<HttpRequestException>(failure) is { } http => Unreachable(http.HttpRequestError.ToString(), doing, failure),
        _ when Inner<IOException>(failure) is { } io => Unreachable(io.Message, doing, failure),
        AmazonClientException client => new StoreException(StoreCodes.Failed, $"Could not {doing}: {Clean(client.Message)}", isTransient: false, failure),
        OperationCanceledException or TimeoutException => Unreachable("it took too long", doing, failure),
        _ => new StoreException(StoreCodes.Failed, $"Could not {doing}: {Clean(failure.Message)}", isTransient: false, failure),
    };

    public static StoreException Corrupted(string what) =>
        new(StoreCodes.Corrupted, $"{what} The network or the server damages what it is sent; it is not taken for stored.", isTransient: true);

    private StoreException Unreachable(string why, string doing, Exception failure) =>
        new(StoreCodes.Unreachable, $"Could not {doing}: {Where} can't be reached or broke off ({Clean(why)}). Check the endpoint and the network.", isTransient: true, failure);

    private StoreException Answered(AmazonServiceException failure, string doing)
    {
        var (code, advice, isTransient) = Meaning(failure.ErrorCode, (int)failure.StatusCode);
        // What we know needs no words of the server's; they are of use only where we don't.
        var words = code is StoreCodes.Failed ? $" The server says: {Clean(failure.Message)}" : "";
        var name = string.IsNullOrEmpty(failure.ErrorCode) ? ((int)failure.StatusCode).ToString(CultureInfo.InvariantCulture) : failure.ErrorCode;
        var request = string.IsNullOrEmpty(failure.RequestId) ? "" : $", request {failure.RequestId}";
        return new StoreException(code, $"Could not {doing}: {advice}{words} ({Clean(name)}{Clean(request)})", isTransient, failure);
    }

    private (string Code, string Advice, bool IsTransient) Meaning(string? error, int status) => error switch
    {
        "InvalidAccessKeyId" => (StoreCodes.WrongKey, "the server does not know the access key id. Enter the id of an existing, active key.", false),
        "SignatureDoesNotMatch" => (StoreCodes.WrongKey, "the access key secret does not belong to the id. Enter the key again, without spaces around it.", false),
        "InvalidToken" or "InvalidSecurity" => (StoreCodes.WrongKey, "the security token does not belong to the key. Enter key and token of the same session.", false),
        "ExpiredToken" or "TokenRefreshRequired" or "ExpiredTokenException" => (StoreCodes.TokenExpired, "the temporary credentials have expired. Enter new ones, or a key that lasts.", false),
        "AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException" or "IllegalLocationConstraint" or "InvalidRegion" or "TemporaryRedirect" or "Redirect" =>
            (StoreCodes.WrongRegion, $"bucket {settings.Bucket} is not in region {settings.Region}, or not behind this endpoint. Set the bucket's own region and endpoint.", false),
        "NoSuchBucket" => (StoreCodes.NoBucket, $"there is no bucket {settings.Bucket} at {Where}. Create it, or correct its name, region or endpoint.", false),
        "AccessDenied" or "AllAccessDisabled" or "AccountProblem" or "Forbidden" or "InvalidPayer" =>
            (StoreCodes.Denied, $"the key may not do that in bucket {settings.Bucket}. Allow it s3:PutObject, GetObject, DeleteObject, AbortMultipartUpload, ListMultipartUploadParts, ListBucket and ListBucketMultipartUploads.", false),
        "RequestTimeTooSkewed" or "RequestExpired" => (StoreCodes.ClockSkew, "this machine's clock and the server's differ too much. Set the clock (timedatectl set-ntp true).", false),
        "SlowDown" or "Throttling" or "ThrottlingException" or "RequestLimitExceeded" or "TooManyRequests" or "ServiceUnavailable" or "Busy" =>
            (StoreCodes.Throttled, "the server asks to slow down. Lower the store's bytes per second, or run fewer backups at a time.", true),
        "NoSuchKey" or "NoSuchUpload" or "NoSuchVersion" => (StoreCodes.Missing, "the server does not have it (any more).", false),
        "PreconditionFailed" => (StoreCodes.Exists, "an object of this name is there already, and it is not to be overwritten.", false),
        "ConditionalRequestConflict" or "OperationAborted" => (StoreCodes.Failed, "another writer is at the same name.", true),
        "BadDigest" or "InvalidDigest" or "XAmzContentSHA256Mismatch" or "IncompleteBody" or "InvalidPart" or "XAmzContentChecksumMismatch" =>
            (StoreCodes.Corrupted, "what arrived is not what was sent.", true),
        "QuotaExceeded" or "XMinioStorageFull" or "XMinioAdminBucketQuotaExceeded" or "InsufficientStorage" or "EntityTooLarge" =>
            (StoreCodes.Full, "there is no room for it. Free space, or raise the quota.", false),
        "InternalError" => (StoreCodes.Failed, "the server failed.", true),
        "RequestTimeout" => (StoreCodes.Unreachable, "the server waited too long for our bytes. Check the network.", true),
        _ => ByStatus(status),
    };

    // A HEAD's answer has no body, and so no code; a gateway's has one of its own.
    private (string Code, string Advice, bool IsTransient) ByStatus(int status) => status switch
    {
        301 or 307 or 308 => Meaning("PermanentRedirect", status: 0),
        401 => Meaning("SignatureDoesNotMatch", status: 0),
        403 => Meaning("AccessDenied", status: 0),
        404 => Meaning("NoSuchKey", status: 0),
        408 => Meaning("RequestTimeout", status: 0),
        412 => Meaning("PreconditionFailed", status: 0),
        429 or 503 => Meaning("SlowDown", status: 0),
        507 => Meaning("QuotaExceeded", status: 0),
        >= 500 and not 501 => Meaning("InternalError", status: 0),
        _ => (StoreCodes.Failed, "the server refused.", false),
    };

    private string Clean(string text)
    {
        foreach (var secret in (string?[])[credentials.AccessKeySecret, credentials.SecurityToken])
            if (!string.IsNullOrEmpty(secret)) text = text.Replace(secret, "***", StringComparison.Ordinal);
        text = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        return text.Length <= LongestServerMessage ? text : text[..LongestServerMessage] + "…";
    }

    private static T? Inner<T>(Exception? failure) where T : Exception
    {
        for (; failure is not null; failure = failure.InnerException)
            if (failure is T found) return found;
        return null;
    }
}
