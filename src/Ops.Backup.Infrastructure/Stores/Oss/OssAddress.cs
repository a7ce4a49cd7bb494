using System.Net;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>Where a bucket's objects are found.</summary>
internal sealed class OssAddress
{
    // Keys may hold "..", "%2F" or "//": the address must go out as it is written, for it is what was signed.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _root;

    public OssAddress(OssSettings settings)
    {
        var endpoint = new Uri(settings.Endpoint.Contains("://", StringComparison.Ordinal) ? settings.Endpoint : "https://" + settings.Endpoint);
        Host = endpoint.Authority;
        // A bucket's name can't stand in front of an IP address.
        var addressing = settings.Addressing is Addressing.VirtualHost && IPAddress.TryParse(endpoint.DnsSafeHost, out _) ? Addressing.Path : settings.Addressing;
        _root = addressing switch
        {
            Addressing.VirtualHost => $"{endpoint.Scheme}://{settings.Bucket}.{endpoint.Authority}/",
            Addressing.Path => $"{endpoint.Scheme}://{endpoint.Authority}/{settings.Bucket}/",
            _ => $"{endpoint.Scheme}://{endpoint.Authority}/",
        };
    }

    /// <summary>As people know it, for messages.</summary>
    public string Host { get; }

    public Uri Of(OssRequest request)
    {
        var query = string.Join('&', request.Query.Select(EscapePair));
        return new Uri(_root + EscapePath(request.Key ?? "") + (query.Length > 0 ? "?" + query : ""), in Verbatim);
    }

    /// <summary>Everything but letters, digits, <c>-._~</c> and the slash, as UTF-8.</summary>
    public static string EscapePath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    public static string EscapePair(KeyValuePair<string, string?> pair) =>
        string.IsNullOrEmpty(pair.Value) ? Uri.EscapeDataString(pair.Key) : $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}";
}
