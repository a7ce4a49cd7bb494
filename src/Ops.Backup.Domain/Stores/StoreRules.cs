using System.Text.RegularExpressions;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Domain.Stores;

/// <summary>What the parts of a store's settings may be.</summary>
internal static partial class StoreRules
{
    private const int LongestPrefix = 500;

    public static string Text(string? value, string field, int maxLength) => SourceRules.Text(value, field, maxLength);

    /// <summary>What goes into a request's header; null and empty are the same: not given.</summary>
    public static string? Optional(string? value, string field, int maxLength) => string.IsNullOrEmpty(value) ? null : Text(value, field, maxLength);

    public static string Folder(string? value, string field)
    {
        var path = Text(value, field, 1000);
        if (!path.StartsWith('/') || path.Split('/').Contains(".."))
            throw new InvalidValueException("PATH_INVALID", field, $"{field} must be an absolute path without '..'.");
        return path.Length > 1 ? path.TrimEnd('/') : path;
    }

    public static string Bucket(string? value) =>
        value is not null && BucketName().IsMatch(value) ? value
            : throw new InvalidValueException("BUCKET_INVALID", "settings.bucket", "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, and begins and ends with a letter or digit.");

    public static string Endpoint(string? value)
    {
        var text = Text(value, "settings.endpoint", 300);
        var withScheme = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        return Uri.TryCreate(withScheme, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { Host.Length: > 0, UserInfo: "", PathAndQuery: "/", Fragment: "" }
            ? text.TrimEnd('/')
            : throw new InvalidValueException("ENDPOINT_INVALID", "settings.endpoint", "endpoint is a host name with an optional port, and http:// or https:// in front if you like; no path, no user.");
    }

    /// <summary>Keys begin with it. Empty, or segments that end in a slash.</summary>
    public static string Prefix(string? value, string field = "settings.prefix")
    {
        var text = value ?? "";
        if (text.Length == 0) return text;
        if (text.Length > LongestPrefix || text.StartsWith('/') || text.Any(char.IsControl) || text.Contains('\\', StringComparison.Ordinal)
            || (text.EndsWith('/') ? text[..^1] : text).Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new InvalidValueException("PREFIX_INVALID", field, $"{field} is a path like {StoreSettings.DefaultPrefix}: relative, without '..', at most {LongestPrefix} characters.");
        }
        return text.EndsWith('/') ? text : text + "/";
    }

    public static string RemoteName(string? value) =>
        value is not null && RcloneRemote().IsMatch(value) ? value
            : throw new InvalidValueException("REMOTE_INVALID", "settings.remote", "A remote's name has letters, digits, '_', '-', '.', '+', '@' and inner spaces; it does not begin with '-'. The colon is left out.");

    public static int MaxParts(int value) =>
        value is >= 100 and <= 10_000 ? value : throw new InvalidValueException("VALUE_OUT_OF_RANGE", "settings.maxParts", "maxParts goes from 100 to 10000.");

    /// <summary><c>cn-hangzhou</c> of <c>oss-cn-hangzhou-internal.aliyuncs.com</c>; null for other endpoints.</summary>
    public static string? RegionOfAliyun(string? endpoint) =>
        endpoint is not null && AliyunEndpoint().Match(endpoint) is { Success: true } match ? match.Groups["region"].Value : null;

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]\z", RegexOptions.None, 1000)]
    private static partial Regex BucketName();

    [GeneratedRegex(@"^[\p{L}\p{N}_.+@][\p{L}\p{N}_.+@\- ]{0,99}(?<! )\z", RegexOptions.None, 1000)]
    private static partial Regex RcloneRemote();

    [GeneratedRegex(@"^(https?://)?oss-(?<region>[a-z0-9\-]+?)(-internal)?\.aliyuncs\.com(:\d+)?/?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AliyunEndpoint();
}
