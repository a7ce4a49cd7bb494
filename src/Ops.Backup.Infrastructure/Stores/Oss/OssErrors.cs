using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>Says in our words what went wrong and what to do. OSS's own code and request id stand behind, for its support.</summary>
internal sealed partial class OssErrors(string bucket, string host, OssKeys keys, TimeProvider time)
{
    private const int LongestQuote = 200;

    /// <summary>Of an answer that is no success.</summary>
    public OssFailure Of(OssRequest request, OssAnswer answer)
    {
        var error = OssXml.Parse(answer.ErrorBody());
        if (error?.Name.LocalName is not "Error") error = null;
        var ossCode = Plain(error?.Text("Code"));
        var words = Plain(error?.Text("Message"));
        var (code, transient, advice) = Judge(answer.Status, ossCode, words, Plain(error?.Text("Endpoint")));
        return new OssFailure(new StoreException(code, $"{advice} ({Facts(request, answer, ossCode)})", transient))
        {
            OssCode = ossCode,
            RetryAfter = answer.RetryAfter(time.GetUtcNow()),
            MayHaveHappened = transient,
        };
    }

    /// <summary>It says 200, and that can't be.</summary>
    public OssFailure Senseless(OssRequest request, OssAnswer answer, string what) => new(new StoreException(StoreCodes.Failed,
        $"{what}: if it happens again, look for a proxy between us and {host}, and see that the endpoint is OSS. ({Facts(request, answer, null)})", isTransient: true))
    { MayHaveHappened = true };

    public OssFailure Corrupted(OssRequest request, OssAnswer answer, string what, bool transient) =>
        new(new StoreException(StoreCodes.Corrupted, $"{what} ({Facts(request, answer, null)})", transient));

    public OssFailure Idle(OssRequest request, TimeSpan limit, Exception inner) => Lost(request,
        string.Create(CultureInfo.InvariantCulture, $"No byte moved to or from {host} for {limit.TotalSeconds:0.###} s: look at the network between, and at the store's load."), transient: true, inner);

    public OssFailure Network(OssRequest request, Exception e) => e switch
    {
        HttpRequestException { InnerException: AuthenticationException } or AuthenticationException => Lost(request,
            $"{host} shows a certificate that is not trusted: check the endpoint, or install its authority's certificate on this machine.", transient: false, e),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Lost(request,
            $"{host} can't be found: check the endpoint and this machine's name service.", transient: true, e),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Lost(request,
            $"{host} takes no connection: check the endpoint, its port, and the firewalls between.", transient: true, e),
        _ => Lost(request, $"The connection to {host} broke: look at the network between if it happens again.", transient: true, e),
    };

    // Exceptions of the network can carry the address with its query: only their kind is told.
    private OssFailure Lost(OssRequest request, string what, bool transient, Exception inner) =>
        new(new StoreException(StoreCodes.Unreachable, $"{what} ({request.Operation} of {Target(request)}: {Kind(inner)})", transient)) { MayHaveHappened = true };

    private static string Kind(Exception e) => e.InnerException is null ? e.GetType().Name : $"{e.GetType().Name}, {e.InnerException.GetType().Name}";

    private string Facts(OssRequest request, OssAnswer answer, string? ossCode) =>
        $"{request.Operation} of {Target(request)}: {(int)answer.Status}{(ossCode is null ? "" : " " + ossCode)}, x-oss-request-id {Plain(answer.RequestId) ?? "missing"}";

    private string Target(OssRequest request) => $"oss://{bucket}/{request.Key}";

    private (string Code, bool Transient, string Advice) Judge(HttpStatusCode status, string? code, string? words, string? endpoint) => code switch
    {
        "InvalidAccessKeyId" => (StoreCodes.WrongKey, false, "OSS does not know the access key id, or it is disabled: correct the store's access key."),
        "SignatureDoesNotMatch" => (StoreCodes.WrongKey, false, "The access key secret does not fit the access key id: correct it, and check the signature version."),
        "SecurityTokenExpired" or "InvalidSecurityToken" or "SecurityTokenNotSupported" =>
            (StoreCodes.TokenExpired, false, "The temporary credentials have expired or are not valid: give the store new ones."),
        "InvalidArgument" when Says(words, "signing region") => (StoreCodes.WrongRegion, false, "The store's region is not the bucket's: correct the region in the store's settings."),
        "AccessDenied" when Says(words, "specified endpoint") => (StoreCodes.WrongRegion, false,
            $"The bucket lies in another region: correct the store's region and endpoint{(endpoint is null ? "" : $", which is {endpoint}")}."),
        "RequestTimeTooSkewed" => (StoreCodes.ClockSkew, false, "This machine's clock and OSS's differ by more than 15 minutes: set the clock right, for instance with NTP."),
        "NoSuchBucket" or "InvalidBucketName" => (StoreCodes.NoBucket, false, $"There is no bucket {bucket} at {host}: create it, or correct the bucket in the store's settings."),
        "NoSuchKey" => (StoreCodes.Missing, false, "The object is not in the store: it was deleted, or never stored under that name."),
        "NoSuchUpload" => (StoreCodes.Missing, false, "The unfinished upload is not in the store any more: start it again."),
        "FileAlreadyExists" or "ObjectAlreadyExists" => (StoreCodes.Exists, false, "The store has an object of that name already, and it must not be overwritten: choose another name or delete it."),
        "FileImmutable" => (StoreCodes.Denied, false, "The bucket's retention policy protects the object: wait until it ends, or use another name."),
        "UserDisable" => (StoreCodes.Denied, false, "The Aliyun account is disabled, often because a bill is due: look at the account."),
        "SecondLevelDomainForbidden" => (StoreCodes.Failed, false, "The endpoint wants the bucket's name in the host: set addressing to VirtualHost, or to Cname with a domain of your own."),
        "AccessDenied" when Says(words, "public endpoint") => (StoreCodes.Denied, false, "OSS refuses data calls on this endpoint: bind a domain of your own to the bucket, and set addressing to Cname."),
        "AccessDenied" or "Forbidden" => (StoreCodes.Denied, false, "The access key may not do that: give its RAM user the right in the bucket's policy."),
        "InvalidDigest" => (StoreCodes.Corrupted, true, "What arrived is not what was sent: look at the network if it happens again."),
        "RequestTimeout" => (StoreCodes.Unreachable, true, "OSS waited too long for our bytes: look at the network if it happens again."),
        "QpsLimitExceeded" or "SlowDown" or "Throttling" or "TooManyRequests" or "UploadTrafficRateLimitExceeded" or "DownloadTrafficRateLimitExceeded" or "TotalQpsLimitExceeded" =>
            (StoreCodes.Throttled, true, "OSS has had too many requests of late: run fewer backups at a time, or ask for a higher limit."),
        _ => Judge(status, words),
    };

    private static (string Code, bool Transient, string Advice) Judge(HttpStatusCode status, string? words)
    {
        var quote = words is null ? "" : $" It says: {words}";
        return status switch
        {
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => (StoreCodes.Throttled, true, $"OSS is too busy: run fewer backups at a time if it happens often.{quote}"),
            HttpStatusCode.RequestTimeout => (StoreCodes.Unreachable, true, "OSS waited too long for our bytes: look at the network if it happens again."),
            HttpStatusCode.InsufficientStorage => (StoreCodes.Full, false, $"The store is full: make room or raise its quota.{quote}"),
            >= HttpStatusCode.InternalServerError => (StoreCodes.Failed, true, $"OSS has a trouble of its own: try again later.{quote}"),
            >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => (StoreCodes.WrongRegion, false, "OSS sends us to another address: correct the store's region and endpoint."),
            < HttpStatusCode.Ambiguous => (StoreCodes.Failed, true, $"OSS took the request and then failed: try again later.{quote}"),
            HttpStatusCode.Forbidden => (StoreCodes.Denied, false, $"The access key may not do that: give its RAM user the right in the bucket's policy.{quote}"),
            HttpStatusCode.NotFound => (StoreCodes.Missing, false, $"It is not in the store: check the bucket and the name.{quote}"),
            _ => (StoreCodes.Failed, false, $"OSS refuses the request: check the store's settings against what OSS says.{quote}"),
        };
    }

    private static bool Says(string? words, string what) => words?.Contains(what, StringComparison.OrdinalIgnoreCase) == true;

    // It comes from outside, and goes to logs and people.
    private string? Plain(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var plain = Unprintable().Replace(keys.Redact(text), " ").Trim();
        return plain.Length <= LongestQuote ? plain : plain[..LongestQuote];
    }

    [GeneratedRegex(@"[\p{C}\s]+", RegexOptions.None, 1000)]
    private static partial Regex Unprintable();
}
