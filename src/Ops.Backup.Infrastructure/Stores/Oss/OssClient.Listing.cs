using System.Globalization;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

internal sealed partial class OssClient
{
    private const int PageSize = 1000;

    public async IAsyncEnumerable<StoredObject> ListAsync(string keyPrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string? token = null; ;)
        {
            var page = await PageAsync(ListRequest(keyPrefix, token, PageSize), "ListBucketResult", result => new Page<StoredObject>(
                [.. result.All("Contents").Select(item => new StoredObject(Key(item), item.Number("Size"), item.Text("ETag") is { } tag ? "etag:" + tag.Trim('"') : null, item.Time("LastModified")))],
                result.Text("IsTruncated") is "true" ? Unescaped(result, "NextContinuationToken") ?? "" : null, null), token, null, cancellationToken);
            // What is listed may be deleted next: never more than was asked for, whatever the server understood.
            foreach (var item in page.Items.Where(item => item.Name.StartsWith(keyPrefix, StringComparison.Ordinal))) yield return item;
            if ((token = page.Next) is null) yield break;
        }
    }

    public async IAsyncEnumerable<UnfinishedUpload> ListUploadsAsync(string keyPrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for ((string? Key, string? Id) marker = (null, null); ;)
        {
            var request = new OssRequest(HttpMethod.Get, "ListMultipartUploads", null)
            {
                Query = Present(("uploads", ""), ("encoding-type", "url"), ("max-uploads", Invariant(PageSize)), ("prefix", keyPrefix),
                    ("key-marker", marker.Key), ("upload-id-marker", marker.Id)),
            };
            var page = await PageAsync(request, "ListMultipartUploadsResult", result => new Page<UnfinishedUpload>(
                [.. result.All("Upload").Select(item => new UnfinishedUpload(Key(item), item.Text("UploadId") ?? throw new FormatException("UploadId is missing."), item.Time("Initiated")))],
                result.Text("IsTruncated") is "true" ? Unescaped(result, "NextKeyMarker") ?? "" : null, result.Text("NextUploadIdMarker")), marker.Key, marker.Id, cancellationToken);
            foreach (var item in page.Items.Where(item => item.Key.StartsWith(keyPrefix, StringComparison.Ordinal))) yield return item;
            if (page.Next is null) yield break;
            marker = (page.Next, page.NextId);
        }
    }

    public async Task<IReadOnlyList<UploadedPart>> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        List<UploadedPart> parts = [];
        for (string? marker = null; ;)
        {
            var request = new OssRequest(HttpMethod.Get, "ListParts", key)
            {
                Query = Present(("uploadId", uploadId), ("encoding-type", "url"), ("max-parts", Invariant(PageSize)), ("part-number-marker", marker)),
            };
            var page = await PageAsync(request, "ListPartsResult", result => new Page<UploadedPart>(
                [.. result.All("Part").Select(PartOf)], result.Text("IsTruncated") is "true" ? result.Text("NextPartNumberMarker") ?? "" : null, null), marker, null, cancellationToken);
            parts.AddRange(page.Items);
            if ((marker = page.Next) is null) return [.. parts.OrderBy(part => part.Number)];
        }
    }

    private static OssRequest ListRequest(string keyPrefix, string? token, int pageSize) => new(HttpMethod.Get, "ListObjectsV2", null)
    {
        Query = Present(("list-type", "2"), ("encoding-type", "url"), ("max-keys", Invariant(pageSize)), ("prefix", keyPrefix), ("continuation-token", token)),
    };

    private Task<Page<T>> PageAsync<T>(OssRequest request, string root, Func<XElement, Page<T>> read, string? after, string? afterId, CancellationToken cancellationToken) =>
        _retry.RunAsync(async token =>
        {
            var answer = await _connection.SendAsync(request, token);
            var result = OssXml.Parse(answer.Body);
            if (result?.Name.LocalName != root) throw NotUnderstood(request, answer);
            try
            {
                var page = read(result);
                // A page that leads to itself would never end.
                return page.Next is null || (page.Next.Length > 0 && (page.Next != after || page.NextId != afterId)) ? page : throw NotUnderstood(request, answer);
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw NotUnderstood(request, answer);
            }
        }, cancellationToken);

    private static UploadedPart PartOf(XElement item) => new((int)item.Number("PartNumber"), (item.Text("ETag") ?? throw new FormatException("ETag is missing.")).Trim('"'),
        item.Number("Size"), ulong.TryParse(item.Text("HashCrc64ecma"), NumberStyles.None, CultureInfo.InvariantCulture, out var crc) ? ChecksumOf(crc) : null);

    private static string Key(XElement item) => Unescaped(item, "Key") ?? throw new FormatException("Key is missing.");

    private static string? Unescaped(XElement element, string name) => element.Text(name) is { } text ? Uri.UnescapeDataString(text) : null;

    private static KeyValuePair<string, string?>[] Present(params (string Name, string? Value)[] pairs) =>
        [.. pairs.Where(pair => pair.Value is not null && (pair.Value.Length > 0 || pair.Name is "uploads")).Select(pair => new KeyValuePair<string, string?>(pair.Name, pair.Value))];

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <param name="Next">Where the next page begins; null on the last.</param>
    private sealed record Page<T>(IReadOnlyList<T> Items, string? Next, string? NextId);
}
