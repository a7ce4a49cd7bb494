using System.Net;

namespace Ops.Backup.Api.Startup;

/// <summary>
/// Where the service listens: loopback only. Whoever reaches it may read every backup, so until it knows accounts it refuses
/// any other address.
/// </summary>
public static class ListenAddress
{
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>The addresses to listen on.</summary>
    /// <exception cref="StartupException">An address is malformed or not loopback.</exception>
    public static string[] Read(IConfiguration configuration)
    {
        if (configuration.GetSection("Kestrel:Endpoints").Exists())
            throw StartupException.Configuration("Configuration, Kestrel:Endpoints: not supported; set the addresses by the key urls (ASPNETCORE_URLS).");
        var urls = (configuration["urls"] is { Length: > 0 } text ? text : Default).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var url in urls)
            if (!IsLoopback(url))
                throw StartupException.Configuration(
                    $"Configuration, urls: '{url}' is not a loopback address. Without accounts the service listens on 127.0.0.1, [::1] or localhost only; put a proxy with authentication before it.");
        return urls;
    }

    private static bool IsLoopback(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https")
        && (uri.Host is "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));
}
