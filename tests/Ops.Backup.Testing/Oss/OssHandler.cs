using System.Globalization;
using System.Xml.Linq;

namespace Ops.Backup.Testing.Oss;

/// <summary>What OSS does for each operation.</summary>
internal sealed class OssHandler(OssServerOptions options, OssState state)
{
    private static readonly string[] KeptHeaders = ["x-oss-server-side-encryption", "x-oss-server-side-encryption-key-id", "x-oss-storage-class", "Content-Type"];

    public Task HandleAsync(OssExchange exchange)
    {
        state.RequireBucket(exchange.Call.Bucket);
        return exchange.Call.Operation switch
        {
            OssOperation.PutObject => PutAsync(exchange),
            OssOperation.InitiateMultipartUpload => InitiateAsync(exchange),
            OssOperation.UploadPart => UploadPartAsync(exchange),
            OssOperation.CompleteMultipartUpload => CompleteAsync(exchange),
            OssOperation.AbortMultipartUpload => AbortAsync(exchange),
            OssOperation.ListParts => ListPartsAsync(exchange),
            OssOperation.ListMultipartUploads => ListUploadsAsync(exchange),
            OssOperation.ListObjects => ListObjectsAsync(exchange),
            OssOperation.HeadObject or OssOperation.GetObject => GetAsync(exchange),
            OssOperation.DeleteObject => DeleteAsync(exchange),
            _ => throw new OssRefusal(400, "InvalidArgument", "This server does not know the operation."),
        };
    }

    private async Task PutAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        if (Forbids(call) && state.Find(call.Bucket, call.Key) is not null) throw Exists();
        var (body, crc, etag) = await exchange.StoreBodyAsync(options.Folder, options.Md5ETags);
        state.Store(new OssObject(call.Bucket, call.Key, body.Length, crc, etag, exchange.Now, Kept(call)) { Body = body }, !Forbids(call));
        exchange.FailAfter();
        exchange.CrcHeader(crc);
        exchange.Header("ETag", $"\"{etag}\"");
        await exchange.AnswerAsync(200);
    }

    private async Task InitiateAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        if (Forbids(call) && state.Find(call.Bucket, call.Key) is not null) throw Exists();
        var upload = state.Begin(call.Bucket, call.Key, exchange.Now, Kept(call));
        exchange.FailAfter();
        await exchange.AnswerAsync(200, new XElement("InitiateMultipartUploadResult", new XElement("Bucket", call.Bucket), new XElement("Key", call.Key), new XElement("UploadId", upload.Id)));
    }

    private async Task UploadPartAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        var upload = state.RequireUpload(call.Bucket, call.Key, call.Parameter("uploadId"));
        if (!int.TryParse(call.Parameter("partNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > options.MaxParts)
            throw new OssRefusal(400, "InvalidArgument", "Part number must be an integer between 1 and the limit.");
        var (body, crc, etag) = await exchange.StoreBodyAsync(options.Folder, options.Md5ETags);
        state.StorePart(upload, new OssPart(number, etag, crc, body, exchange.Now));
        exchange.FailAfter();
        exchange.CrcHeader(crc);
        exchange.Header("ETag", $"\"{etag}\"");
        await exchange.AnswerAsync(200);
    }

    private async Task CompleteAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        var named = Named(await exchange.ReadShortBodyAsync());
        var upload = state.RequireUpload(call.Bucket, call.Key, call.Parameter("uploadId"));
        var held = state.PartsOf(upload).ToDictionary(part => part.Number);
        var parts = new List<OssPart>();
        foreach (var (number, etag) in named)
        {
            if (parts.Count > 0 && number <= parts[^1].Number) throw new OssRefusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
            if (!held.TryGetValue(number, out var part) || part.ETag != etag) throw new OssRefusal(400, "InvalidPart", "One or more of the specified parts could not be found or the specified entity tag might not have matched.");
            parts.Add(part);
        }
        if (parts.Count == 0) throw new OssRefusal(400, "MalformedXML", "No part is named.");
        if (parts.SkipLast(1).Any(part => part.Body.Length < options.MinPartBytes)) throw new OssRefusal(400, "EntityTooSmall", "Your proposed upload smaller than the minimum allowed size.");
        var crc = parts.Aggregate(0UL, (sum, part) => PlainCrc64.Join(sum, part.Crc, part.Body.Length));
        var whole = $"{parts[0].ETag}-{parts.Count}";
        var body = OssBytes.Join(parts.Select(part => part.Body));
        state.Store(new OssObject(call.Bucket, call.Key, body.Length, crc, whole, exchange.Now, upload.Headers) { Body = body }, !Forbids(call));
        state.End(upload, parts.Select(part => part.Number).ToHashSet());
        exchange.FailAfter();
        exchange.CrcHeader(crc);
        exchange.Header("ETag", $"\"{whole}\"");
        await exchange.AnswerAsync(200, new XElement("CompleteMultipartUploadResult", new XElement("Bucket", call.Bucket), new XElement("Key", call.Key), new XElement("ETag", $"\"{whole}\"")));
    }

    private async Task AbortAsync(OssExchange exchange)
    {
        var upload = state.RequireUpload(exchange.Call.Bucket, exchange.Call.Key, exchange.Call.Parameter("uploadId"));
        state.End(upload, new HashSet<int>());
        exchange.FailAfter();
        await exchange.AnswerAsync(204);
    }

    private async Task ListPartsAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        var upload = state.RequireUpload(call.Bucket, call.Key, call.Parameter("uploadId"));
        var after = int.Parse(call.Parameter("part-number-marker") ?? "0", CultureInfo.InvariantCulture);
        var (page, more) = Page(state.PartsOf(upload).Where(part => part.Number > after), Limit(call, "max-parts"));
        await exchange.AnswerAsync(200, new XElement("ListPartsResult", new XElement("Bucket", call.Bucket), new XElement("Key", Encoded(call, call.Key)), new XElement("UploadId", upload.Id),
            new XElement("IsTruncated", more ? "true" : "false"), more ? new XElement("NextPartNumberMarker", page[^1].Number) : null,
            page.Select(part => new XElement("Part", new XElement("PartNumber", part.Number), new XElement("LastModified", Iso(part.At)), new XElement("ETag", $"\"{part.ETag}\""),
                new XElement("HashCrc64ecma", part.Crc), new XElement("Size", part.Body.Length)))));
    }

    private async Task ListUploadsAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        var (afterKey, afterId) = (call.Parameter("key-marker") ?? "", call.Parameter("upload-id-marker") ?? "");
        var matching = state.Uploads.Where(one => one.Bucket == call.Bucket && one.Key.StartsWith(call.Parameter("prefix") ?? "", StringComparison.Ordinal))
            .OrderBy(one => one.Key, StringComparer.Ordinal).ThenBy(one => one.UploadId, StringComparer.Ordinal)
            .Where(one => string.CompareOrdinal(one.Key, afterKey) > 0 || (one.Key == afterKey && afterId.Length > 0 && string.CompareOrdinal(one.UploadId, afterId) > 0));
        var (page, more) = Page(matching, Limit(call, "max-uploads"));
        await exchange.AnswerAsync(200, new XElement("ListMultipartUploadsResult", new XElement("Bucket", call.Bucket), new XElement("IsTruncated", more ? "true" : "false"),
            more ? new XElement("NextKeyMarker", Encoded(call, page[^1].Key)) : null, more ? new XElement("NextUploadIdMarker", page[^1].UploadId) : null,
            page.Select(one => new XElement("Upload", new XElement("Key", Encoded(call, one.Key)), new XElement("UploadId", one.UploadId), new XElement("Initiated", Iso(one.InitiatedAt))))));
    }

    private async Task ListObjectsAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        if (call.Parameter("list-type") != "2") throw new OssRefusal(400, "InvalidArgument", "This server lists by version 2 only.");
        var after = call.Parameter("continuation-token") is { } token ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(token)) : "";
        var matching = state.Objects.Where(one => one.Bucket == call.Bucket && one.Key.StartsWith(call.Parameter("prefix") ?? "", StringComparison.Ordinal) && string.CompareOrdinal(one.Key, after) > 0);
        var (page, more) = Page(matching, Limit(call, "max-keys"));
        await exchange.AnswerAsync(200, new XElement("ListBucketResult", new XElement("Name", call.Bucket), new XElement("Prefix", Encoded(call, call.Parameter("prefix") ?? "")),
            new XElement("MaxKeys", Limit(call, "max-keys")), new XElement("KeyCount", page.Count), new XElement("IsTruncated", more ? "true" : "false"),
            more ? new XElement("NextContinuationToken", Encoded(call, Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(page[^1].Key)))) : null,
            page.Select(one => new XElement("Contents", new XElement("Key", Encoded(call, one.Key)), new XElement("LastModified", Iso(one.ModifiedAt)), new XElement("ETag", $"\"{one.ETag}\""),
                new XElement("Type", "Normal"), new XElement("Size", one.SizeBytes), new XElement("StorageClass", "Standard")))));
    }

    private async Task GetAsync(OssExchange exchange)
    {
        var call = exchange.Call;
        var stored = state.Require(call.Bucket, call.Key);
        var (from, length) = Range(call, stored.SizeBytes);
        exchange.CrcHeader(stored.Crc64);
        exchange.Header("ETag", $"\"{stored.ETag}\"");
        exchange.Header("Last-Modified", stored.ModifiedAt.ToString("r", CultureInfo.InvariantCulture));
        exchange.Header("Accept-Ranges", "bytes");
        exchange.Header("Content-Type", call.Parameter("response-content-type") ?? stored.Headers.GetValueOrDefault("Content-Type", "application/octet-stream"));
        if (call.Parameter("response-content-disposition") is { } disposition) exchange.Header("Content-Disposition", disposition);
        var isPart = length is not null;
        if (isPart) exchange.Header("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + length - 1}/{stored.SizeBytes}"));
        exchange.Start(isPart ? 206 : 200);
        call.Context.Response.ContentLength = length ?? stored.SizeBytes;
        if (call.Method != "HEAD") await exchange.WriteAsync(stored.Body.ReadAsync(from, length ?? stored.SizeBytes), length ?? stored.SizeBytes);
    }

    private async Task DeleteAsync(OssExchange exchange)
    {
        state.Delete(exchange.Call.Bucket, exchange.Call.Key);
        exchange.FailAfter();
        await exchange.AnswerAsync(204);
    }

    // Without x-oss-range-behavior OSS answers a range that can't be with the whole object.
    private static (long From, long? Length) Range(OssCall call, long size)
    {
        if (call.Method == "HEAD" || call.Header("Range") is not { } range || !range.StartsWith("bytes=", StringComparison.Ordinal)) return (0, null);
        var ends = range["bytes=".Length..].Split('-');
        var from = long.Parse(ends[0], CultureInfo.InvariantCulture);
        var to = ends[1].Length == 0 ? size - 1 : Math.Min(size - 1, long.Parse(ends[1], CultureInfo.InvariantCulture));
        if (from < size) return (from, to - from + 1);
        return call.Header("x-oss-range-behavior") == "standard" ? throw new OssRefusal(416, "InvalidRange", "The requested range cannot be satisfied.") : (0, null);
    }

    private static List<(int Number, string ETag)> Named(byte[] xml)
    {
        try
        {
            return [.. XDocument.Parse(System.Text.Encoding.UTF8.GetString(xml)).Root!.Elements("Part").Select(part => ((int)part.Element("PartNumber")!, ((string)part.Element("ETag")!).Trim('"')))];
        }
        catch (Exception e) when (e is System.Xml.XmlException or FormatException or ArgumentNullException)
        {
            throw new OssRefusal(400, "MalformedXML", "The XML you provided was not well-formed.");
        }
    }

    private static (List<T> Page, bool More) Page<T>(IEnumerable<T> all, int limit)
    {
        var some = all.Take(limit + 1).ToList();
        return some.Count > limit ? (some[..limit], true) : (some, false);
    }

    private static int Limit(OssCall call, string name) => call.Parameter(name) is { } text ? Math.Clamp(int.Parse(text, CultureInfo.InvariantCulture), 1, 1000) : 100;

    private static string Encoded(OssCall call, string key) => call.Parameter("encoding-type") == "url" ? Uri.EscapeDataString(key) : key;

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static bool Forbids(OssCall call) => call.Header("x-oss-forbid-overwrite") == "true";

    private static OssRefusal Exists() => new(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.");

    private static Dictionary<string, string> Kept(OssCall call) =>
        KeptHeaders.Select(name => (Name: name, Value: call.Header(name))).Where(pair => pair.Value is not null).ToDictionary(pair => pair.Name, pair => pair.Value!, StringComparer.OrdinalIgnoreCase);
}
