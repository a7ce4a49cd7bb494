using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ops.Backup.Testing.Oss;

/// <summary>A request as it came over the wire, taken apart by the server's own rules.</summary>
internal sealed class OssCall
{
    private OssCall(HttpContext context, string bucket, string key, IReadOnlyList<(string Name, string? Value)> query)
    {
        (Context, Bucket, Key, Query) = (context, bucket, key, query);
        Operation = Recognise();
    }

    public HttpContext Context { get; }

    public string Bucket { get; }

    public string Key { get; }

    /// <summary>Unescaped, in the order in which they came.</summary>
    public IReadOnlyList<(string Name, string? Value)> Query { get; }

    public OssOperation Operation { get; }

    public string Method => Context.Request.Method;

    /// <param name="cnames">Domains that are a bucket's own.</param>
    public static OssCall Of(HttpContext context, IReadOnlyDictionary<string, string> cnames)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var cut = target.IndexOf('?', StringComparison.Ordinal);
        var path = Unescape((cut < 0 ? target : target[..cut])[1..]);
        var query = cut < 0 ? [] : target[(cut + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries).Select(Pair).ToList();
        var host = context.Request.Host.Host;
        if (cnames.TryGetValue(host, out var own)) return new OssCall(context, own, path, query);
        if (!IPAddress.TryParse(host, out _) && host != "localhost") return new OssCall(context, host.Split('.')[0], path, query);
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new OssCall(context, path, "", query) : new OssCall(context, path[..slash], path[(slash + 1)..], query);
    }

    public bool Has(string name) => Query.Any(pair => pair.Name == name);

    public string? Parameter(string name) => Query.FirstOrDefault(pair => pair.Name == name).Value;

    public string? Header(string name) => Context.Request.Headers.TryGetValue(name, out var values) ? string.Join(',', values.Select(value => value?.Trim())) : null;

    private static (string Name, string? Value) Pair(string text)
    {
        var cut = text.IndexOf('=', StringComparison.Ordinal);
        return cut < 0 ? (Unescape(text), null) : (Unescape(text[..cut]), Unescape(text[(cut + 1)..]));
    }

    // By hand: the framework's ways each have an opinion about '+' or about bad escapes.
    private static string Unescape(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                bytes.Add(Convert.FromHexString(text.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                bytes.Add((byte)text[i]);
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private OssOperation Recognise() => (Method, Key.Length > 0) switch
    {
        ("PUT", true) when Has("partNumber") => OssOperation.UploadPart,
        ("PUT", true) => OssOperation.PutObject,
        ("POST", true) when Has("uploads") => OssOperation.InitiateMultipartUpload,
        ("POST", true) when Has("uploadId") => OssOperation.CompleteMultipartUpload,
        ("DELETE", true) when Has("uploadId") => OssOperation.AbortMultipartUpload,
        ("DELETE", true) => OssOperation.DeleteObject,
        ("GET", true) when Has("uploadId") => OssOperation.ListParts,
        ("GET", true) => OssOperation.GetObject,
        ("HEAD", true) => OssOperation.HeadObject,
        ("GET", false) when Has("uploads") => OssOperation.ListMultipartUploads,
        ("GET", false) => OssOperation.ListObjects,
        _ => OssOperation.Any,
    };
}
