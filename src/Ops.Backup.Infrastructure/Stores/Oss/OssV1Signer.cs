using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>The old signature, which private installations still ask for; it knows no regions.</summary>
[SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The protocol says HMAC-SHA1.")]
internal sealed class OssV1Signer(string bucket, OssKeys keys) : IOssSigner
{
    /// <summary>Parameters that are signed, of those that we send; others are not.</summary>
    private static readonly HashSet<string> Signed = new(StringComparer.Ordinal)
    {
        "acl", "continuation-token", "location", "partNumber", "response-content-disposition", "response-content-type", "security-token", "uploadId", "uploads", "versionId",
    };

    public IReadOnlyList<KeyValuePair<string, string>> Sign(OssRequest request, DateTimeOffset now)
    {
        var date = now.UtcDateTime.ToString("r", CultureInfo.InvariantCulture);
        List<KeyValuePair<string, string>> added = [];
        if (keys.Token is not null) added.Add(new("x-oss-security-token", keys.Token));
        var signature = Signature(request with { Headers = [.. request.Headers, .. added] }, date);
        return [.. added, new("Date", date), new("Authorization", $"OSS {keys.Id}:{signature}")];
    }

    public IReadOnlyList<KeyValuePair<string, string?>> Presign(OssRequest request, DateTimeOffset now, TimeSpan validFor)
    {
        var expires = (now + validFor).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        List<KeyValuePair<string, string?>> added = [];
        if (keys.Token is not null) added.Add(new("security-token", keys.Token));
        var signature = Signature(request.With(added), expires);
        return [.. added, new("Expires", expires), new("OSSAccessKeyId", keys.Id), new("Signature", signature)];
    }

    /// <param name="date">The Date header, or the second at which a link expires.</param>
    private string Signature(OssRequest request, string date) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(keys.Secret), Encoding.UTF8.GetBytes(Canonical(request, date))));

    private string Canonical(OssRequest request, string date)
    {
        var headers = request.Headers.Select(header => (Name: header.Key.ToLowerInvariant(), Value: header.Value.Trim())).ToList();
        var parameters = request.Query.Where(pair => Signed.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => string.IsNullOrEmpty(pair.Value) ? pair.Key : $"{pair.Key}={pair.Value}").ToList();
        return new StringBuilder()
            .Append(request.Method.Method).Append('\n')
            .Append(headers.Find(header => header.Name is "content-md5").Value).Append('\n')
            .Append(request.ContentType).Append('\n')
            .Append(date).Append('\n')
            .AppendJoin("", headers.Where(header => header.Name.StartsWith("x-oss-", StringComparison.Ordinal))
                .OrderBy(header => header.Name, StringComparer.Ordinal).Select(header => $"{header.Name}:{header.Value}\n"))
            .Append('/').Append(bucket).Append('/').Append(request.Key)
            .Append(parameters.Count > 0 ? "?" : "").AppendJoin('&', parameters).ToString();
    }
}
