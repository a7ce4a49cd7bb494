using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ops.Backup.Testing.Oss;

/// <summary>
/// Reckons the signature again from what came over the wire. It is written apart from the client's signer, after the
/// protocol's description, so that both being wrong in the same way is unlikely.
/// </summary>
[SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "V1 is HMAC-SHA1.")]
internal sealed class OssSignatureCheck(OssServerOptions options, IReadOnlyDictionary<string, DateTimeOffset> tokens, bool requiresToken)
{
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(15);

    private static readonly string[] V1Parameters =
    [
        "acl", "append", "bucketInfo", "callback", "callback-var", "cname", "continuation-token", "cors", "delete", "lifecycle", "location", "logging", "objectMeta", "partNumber", "policy",
        "position", "referer", "response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type", "response-expires",
        "restore", "security-token", "sequential", "stat", "symlink", "tagging", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    ];

    /// <exception cref="OssRefusal">It is not ours, or not now.</exception>
    public void Check(OssCall call, DateTimeOffset now)
    {
        var authorization = call.Header("Authorization");
        if (authorization?.StartsWith("OSS4-HMAC-SHA256 ", StringComparison.Ordinal) == true) CheckV4Header(call, authorization, now);
        else if (authorization?.StartsWith("OSS ", StringComparison.Ordinal) == true) CheckV1Header(call, authorization, now);
        else if (call.Parameter("x-oss-signature") is { } v4) CheckV4Link(call, v4, now);
        else if (call.Parameter("Signature") is { } v1) CheckV1Link(call, v1, now);
        else throw new OssRefusal(403, "AccessDenied", "You have no right to access this object because of bucket acl.");
    }

    private void CheckV4Header(OssCall call, string authorization, DateTimeOffset now)
    {
        var fields = authorization["OSS4-HMAC-SHA256 ".Length..].Split(',').Select(field => field.Trim().Split('=', 2)).ToDictionary(field => field[0], field => field[1], StringComparer.Ordinal);
        var moment = call.Header("x-oss-date") ?? throw new OssRefusal(400, "InvalidArgument", "x-oss-date is missing.");
        var time = Moment(moment);
        CheckSkew(time, now);
        var payload = call.Header("x-oss-content-sha256");
        if (payload != "UNSIGNED-PAYLOAD") throw new OssRefusal(400, "InvalidArgument", "x-oss-content-sha256 must be UNSIGNED-PAYLOAD.");
        var additional = fields.GetValueOrDefault("AdditionalHeaders", "").Split(';', StringSplitOptions.RemoveEmptyEntries);
        CheckV4(call, fields["Credential"], moment, additional, fields["Signature"], "Authorization header");
        CheckToken(call.Header("x-oss-security-token"), now);
    }

    private void CheckV4Link(OssCall call, string signature, DateTimeOffset now)
    {
        if (call.Parameter("x-oss-signature-version") != "OSS4-HMAC-SHA256") throw new OssRefusal(400, "InvalidArgument", "x-oss-signature-version is wrong.");
        var moment = call.Parameter("x-oss-date")!;
        var time = Moment(moment);
        if (time - now > LargestSkew) throw Skewed(time, now);
        var lives = long.Parse(call.Parameter("x-oss-expires")!, CultureInfo.InvariantCulture);
        if (lives is < 1 or > 604800) throw new OssRefusal(400, "InvalidArgument", "x-oss-expires is out of range.");
        if (now > time.AddSeconds(lives)) throw new OssRefusal(403, "AccessDenied", "Request has expired.");
        CheckV4(call, call.Parameter("x-oss-credential")!, moment, call.Parameter("x-oss-additional-headers")?.Split(';') ?? [], signature, "query");
        CheckToken(call.Parameter("x-oss-security-token"), now);
    }

    private void CheckV4(OssCall call, string credential, string moment, string[] additional, string signature, string where)
    {
        var parts = credential.Split('/');
        if (parts is not [var id, var day, var region, var product, "aliyun_v4_request"]) throw new OssRefusal(400, "InvalidArgument", "The credential is malformed.");
        CheckId(id);
        if (day != moment[..8]) throw new OssRefusal(400, "InvalidArgument", $"Invalid signing date in {where}.");
        if (region != options.Region) throw new OssRefusal(400, "InvalidArgument", $"Invalid signing region in {where}.");
        if (product != "oss") throw new OssRefusal(400, "InvalidArgument", $"Invalid signing product in {where}.");

        var canonical = new List<string> { call.Method, "/" + call.Bucket + "/" + Escape(call.Key, keepSlash: true) };
        canonical.Add(string.Join('&', call.Query.Where(pair => pair.Name != "x-oss-signature")
            .Select(pair => (Name: Escape(pair.Name, keepSlash: false), Value: Escape(pair.Value ?? "", keepSlash: false)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => pair.Value.Length == 0 ? pair.Name : pair.Name + "=" + pair.Value)));
        var names = call.Context.Request.Headers.Select(header => header.Key.ToLowerInvariant())
            .Where(name => name.StartsWith("x-oss-", StringComparison.Ordinal) || name is "content-type" or "content-md5" || additional.Contains(name)).Distinct().Order(StringComparer.Ordinal);
        canonical.Add(string.Concat(names.Select(name => name + ":" + call.Header(name) + "\n")));
        canonical.Add(string.Join(';', additional));
        canonical.Add("UNSIGNED-PAYLOAD");

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', canonical))));
        var toSign = "OSS4-HMAC-SHA256\n" + moment + "\n" + day + "/" + region + "/oss/aliyun_v4_request\n" + hash;
        var key = Hmac(Hmac(Hmac(Hmac(Encoding.UTF8.GetBytes("aliyun_v4" + options.AccessKeySecret), day), region), "oss"), "aliyun_v4_request");
        CheckEqual(Convert.ToHexStringLower(Hmac(key, toSign)), signature, toSign);
    }

    private void CheckV1Header(OssCall call, string authorization, DateTimeOffset now)
    {
        var parts = authorization["OSS ".Length..].Split(':');
        CheckId(parts[0]);
        var date = call.Header("x-oss-date") ?? call.Header("Date") ?? throw new OssRefusal(403, "AccessDenied", "OSS authentication requires a valid Date.");
        CheckSkew(DateTimeOffset.ParseExact(date, "r", CultureInfo.InvariantCulture), now);
        CheckV1(call, date, parts[1]);
        CheckToken(call.Header("x-oss-security-token"), now);
    }

    private void CheckV1Link(OssCall call, string signature, DateTimeOffset now)
    {
        CheckId(call.Parameter("OSSAccessKeyId")!);
        var expires = call.Parameter("Expires")!;
        if (now.ToUnixTimeSeconds() > long.Parse(expires, CultureInfo.InvariantCulture)) throw new OssRefusal(403, "AccessDenied", "Request has expired.");
        CheckV1(call, expires, signature);
        CheckToken(call.Parameter("security-token"), now);
    }

    private void CheckV1(OssCall call, string date, string signature)
    {
        var text = call.Method + "\n" + call.Header("Content-MD5") + "\n" + call.Header("Content-Type") + "\n" + date + "\n";
        foreach (var name in call.Context.Request.Headers.Select(header => header.Key.ToLowerInvariant()).Where(name => name.StartsWith("x-oss-", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            text += name + ":" + call.Header(name) + "\n";
        text += "/" + call.Bucket + "/" + call.Key;
        var separator = '?';
        foreach (var (name, value) in call.Query.Where(pair => V1Parameters.Contains(pair.Name) || pair.Name.StartsWith("x-oss-", StringComparison.Ordinal)).OrderBy(pair => pair.Name, StringComparer.Ordinal))
        {
            text += separator + name + (string.IsNullOrEmpty(value) ? "" : "=" + value);
            separator = '&';
        }
        CheckEqual(Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(options.AccessKeySecret), Encoding.UTF8.GetBytes(text))), signature, text);
    }

    private void CheckId(string id)
    {
        if (id != options.AccessKeyId) throw new OssRefusal(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.");
    }

    private void CheckToken(string? token, DateTimeOffset now)
    {
        if (token is null)
        {
            if (requiresToken) throw new OssRefusal(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.");
            return;
        }
        if (!tokens.TryGetValue(token, out var expires)) throw new OssRefusal(403, "InvalidSecurityToken", "The security token you provided is invalid.");
        if (now > expires) throw new OssRefusal(403, "SecurityTokenExpired", "The security token you provided has expired.");
    }

    // Like OSS, it echoes what it was given: a client must not pass that on.
    private void CheckEqual(string mine, string theirs, string text)
    {
        if (mine == theirs) return;
        throw new OssRefusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
        {
            Details = [("OSSAccessKeyId", options.AccessKeyId), ("SignatureProvided", theirs), ("StringToSign", text)],
        };
    }

    private static void CheckSkew(DateTimeOffset time, DateTimeOffset now)
    {
        if ((time - now).Duration() > LargestSkew) throw Skewed(time, now);
    }

    private static OssRefusal Skewed(DateTimeOffset time, DateTimeOffset now) => new(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
    {
        Details = [("RequestTime", time.ToString("o")), ("ServerTime", now.ToString("o"))],
    };

    private static DateTimeOffset Moment(string text) =>
        DateTimeOffset.TryParseExact(text, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
            : throw new OssRefusal(400, "InvalidArgument", "The date is malformed.");

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Escape(string text, bool keepSlash)
    {
        var escaped = new StringBuilder();
        foreach (var single in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)single) || "-._~".Contains((char)single) || (keepSlash && single == '/')) escaped.Append((char)single);
            else escaped.Append('%').Append(single.ToString("X2", CultureInfo.InvariantCulture));
        }
        return escaped.ToString();
    }
}
