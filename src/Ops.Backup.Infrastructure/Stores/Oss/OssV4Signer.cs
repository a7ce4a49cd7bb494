using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>OSS4-HMAC-SHA256. The body is not part of the signature: its CRC-64 is compared instead.</summary>
internal sealed class OssV4Signer(string bucket, string region, OssKeys keys) : IOssSigner
{
    private const string Algorithm = "OSS4-HMAC-SHA256";
    private const string Terminator = "aliyun_v4_request";
    private const string UnsignedPayload = "UNSIGNED-PAYLOAD";

    /// <summary>OSS refuses links that live longer.</summary>
    private static readonly TimeSpan LongestLink = TimeSpan.FromDays(7);

    public IReadOnlyList<KeyValuePair<string, string>> Sign(OssRequest request, DateTimeOffset now)
    {
        List<KeyValuePair<string, string>> added = [new("x-oss-content-sha256", UnsignedPayload), new("x-oss-date", Moment(now))];
        if (keys.Token is not null) added.Add(new("x-oss-security-token", keys.Token));
        var signature = Signature(request with { Headers = [.. request.Headers, .. added] }, now);
        added.Add(new("Authorization", $"{Algorithm} Credential={keys.Id}/{Scope(now)},Signature={signature}"));
        return added;
    }

    public IReadOnlyList<KeyValuePair<string, string?>> Presign(OssRequest request, DateTimeOffset now, TimeSpan validFor)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(validFor, LongestLink);
        List<KeyValuePair<string, string?>> added =
        [
            new("x-oss-signature-version", Algorithm),
            new("x-oss-credential", $"{keys.Id}/{Scope(now)}"),
            new("x-oss-date", Moment(now)),
            new("x-oss-expires", ((long)validFor.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
        ];
        if (keys.Token is not null) added.Add(new("x-oss-security-token", keys.Token));
        added.Add(new("x-oss-signature", Signature(request.With(added), now)));
        return added;
    }

    private string Signature(OssRequest request, DateTimeOffset now)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical(request))));
        var key = Encoding.UTF8.GetBytes("aliyun_v4" + keys.Secret);
        foreach (var part in (string[])[Day(now), region, "oss", Terminator, $"{Algorithm}\n{Moment(now)}\n{Scope(now)}\n{digest}"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Convert.ToHexStringLower(key);
    }

    private string Canonical(OssRequest request)
    {
        var headers = request.Headers.Select(header => (Name: header.Key.ToLowerInvariant(), Value: header.Value.Trim()))
            .Where(header => header.Name.StartsWith("x-oss-", StringComparison.Ordinal) || header.Name is "content-md5").ToList();
        if (request.ContentType is not null) headers.Add(("content-type", request.ContentType));
        return new StringBuilder()
            .Append(request.Method.Method).Append('\n')
            .Append('/').Append(OssAddress.EscapePath($"{bucket}/{request.Key}")).Append('\n')
            .AppendJoin('&', request.Query.Select(OssAddress.EscapePair).Order(ByName.Instance)).Append('\n')
            .AppendJoin("", headers.OrderBy(header => header.Name, StringComparer.Ordinal).Select(header => $"{header.Name}:{header.Value}\n"))
            .Append("\n\n")
            .Append(UnsignedPayload).ToString();
    }

    private string Scope(DateTimeOffset now) => $"{Day(now)}/{region}/oss/{Terminator}";

    private static string Day(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static string Moment(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>By the escaped name alone: with the value after it, "a-b=1" would come before "a=2".</summary>
    private sealed class ByName : IComparer<string>
    {
        public static readonly ByName Instance = new();

        public int Compare(string? x, string? y) => string.CompareOrdinal(x?.Split('=')[0], y?.Split('=')[0]);
    }
}
