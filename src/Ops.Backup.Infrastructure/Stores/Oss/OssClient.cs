using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>Aliyun OSS, one bucket of it. Nothing counts as stored until OSS has given back the size and CRC-64 of what was sent.</summary>
internal sealed partial class OssClient : IObjectClient
{
    private const long SmallestPart = 100 * 1024;
    private const long LargestPart = 5L * 1024 * 1024 * 1024;

    private readonly OssSettings _settings;
    private readonly TimeProvider _time;
    private readonly OssAddress _address;
    private readonly IOssSigner _signer;
    private readonly OssErrors _errors;
    private readonly OssConnection _connection;
    private readonly OssRetry _retry;

    /// <param name="settings">Checked already.</param>
    /// <exception cref="StoreException">There is no access key.</exception>
    public OssClient(OssSettings settings, StoreCredentials credentials, TimeProvider time, OssClientOptions options)
    {
        var keys = OssKeys.Of(credentials);
        (_settings, _time, _address) = (settings, time, new OssAddress(settings));
        _signer = settings.Signature is OssSignature.V1 ? new OssV1Signer(settings.Bucket, keys) : new OssV4Signer(settings.Bucket, settings.Region ?? "", keys);
        _errors = new OssErrors(settings.Bucket, _address.Host, keys, time);
        _connection = new OssConnection(_address, _signer, _errors, options, time);
        _retry = new OssRetry(options, time);
        Limits = new ObjectLimits(settings.MaxParts, SmallestPart, LargestPart);
    }

    public ObjectLimits Limits { get; }

    public string UrlOf(string key) => $"oss://{_settings.Bucket}/{key}";

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => _retry.RunAsync(token => FindOnceAsync(key, token), cancellationToken);

    public async Task<Stream> ReadAsync(string key, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var isWhole = offset == 0 && length is null;
        var request = new OssRequest(HttpMethod.Get, "GetObject", key) { Headers = isWhole ? [] : RangeOf(offset, length) };
        return await _retry.RunAsync<Stream>(async token =>
        {
            if (length == 0) return await NothingOfAsync(key, offset, token);
            try
            {
                return (await _connection.OpenAsync(request, (answer, content) => Expect(request, answer, content, offset, isWhole), token)).Body;
            }
            catch (OssFailure failure) when (failure.OssCode is "InvalidRange")
            {
                return await NothingOfAsync(key, offset, token);
            }
        }, cancellationToken);
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => _retry.RunAsync(token => DeleteOnceAsync(key, token), cancellationToken);

    public Uri Presign(string key, TimeSpan validFor, string fileName)
    {
        var request = new OssRequest(HttpMethod.Get, "GetObject", key) { Query = [new("response-content-disposition", Disposition(fileName))] };
        return _address.Of(request.With(_signer.Presign(request, _time.GetUtcNow(), validFor)));
    }

    /// <summary>Any answer tells the time, also one that refuses us because of ours.</summary>
    public Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken) => _retry.RunAsync(async token =>
    {
        var before = _time.GetUtcNow();
        var answer = await _connection.ExchangeAsync(ListRequest("", null, pageSize: 1), token);
        var middle = before + ((_time.GetUtcNow() - before) / 2);
        return answer.Date - middle;
    }, cancellationToken);

    public void Dispose() => _connection.Dispose();

    private async Task<StoredObject?> FindOnceAsync(string key, CancellationToken cancellationToken)
    {
        var request = new OssRequest(HttpMethod.Head, "HeadObject", key);
        var answer = await _connection.ExchangeAsync(request, cancellationToken);
        // Without OSS's request id a 404 is somebody else's.
        if (answer is { Status: HttpStatusCode.NotFound, RequestId: not null } && _errors.Of(request, answer).Error.Code is StoreCodes.Missing) return null;
        if (answer.Status is not HttpStatusCode.OK) throw answer.RequestId is null && answer.Status is HttpStatusCode.NotFound
            ? _errors.Senseless(request, answer, "The answer is not OSS's, for it has no x-oss-request-id") : _errors.Of(request, answer);
        if (answer is not { Length: { } size, ETag: { } tag, RequestId: not null }) throw _errors.Senseless(request, answer, "The answer does not describe an object");
        return new StoredObject(key, size, answer.Crc is { } crc ? ChecksumOf(crc) : "etag:" + tag, answer.ModifiedAt);
    }

    private async Task<bool> DeleteOnceAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await _connection.SendAsync(new OssRequest(HttpMethod.Delete, "DeleteObject", key), cancellationToken);
            return true;
        }
        catch (OssFailure failure) when (failure.OssCode is "NoSuchKey")
        {
            return false;
        }
    }

    // Reading from the very end on is no error: a reader that goes on where it stopped may have had all.
    private async Task<Stream> NothingOfAsync(string key, long offset, CancellationToken cancellationToken)
    {
        var found = await FindOnceAsync(key, cancellationToken)
            ?? throw new StoreException(StoreCodes.Missing, $"{UrlOf(key)} is not in the store: it was deleted, or never stored under that name.", isTransient: false);
        return offset <= found.SizeBytes ? Stream.Null
            : throw new StoreException(StoreCodes.Failed, string.Create(CultureInfo.InvariantCulture, $"{UrlOf(key)} has {found.SizeBytes} bytes, so it can't be read from byte {offset} on: list the store again."), isTransient: false);
    }

    private OssExpected Expect(OssRequest request, OssAnswer answer, HttpContentHeaders content, long offset, bool isWhole)
    {
        if (isWhole)
        {
            return answer is { Status: HttpStatusCode.OK, Crc: { } crc } ? new OssExpected(content.ContentLength, crc)
                : throw _errors.Senseless(request, answer, "The answer is not a whole object with its CRC-64");
        }
        // A server that overlooks the range sends the object from its beginning.
        if (answer.Status is not HttpStatusCode.PartialContent || content.ContentRange is not { From: { } from, To: { } to } || from != offset)
            throw _errors.Senseless(request, answer, "Another part came than was asked for");
        return new OssExpected(to - from + 1, null);
    }

    // Without the second header OSS answers a range beyond the end with the whole object.
    private static KeyValuePair<string, string>[] RangeOf(long offset, long? length) =>
    [
        new("Range", string.Create(CultureInfo.InvariantCulture, $"bytes={offset}-{(length is { } count ? (offset + count - 1).ToString(CultureInfo.InvariantCulture) : "")}")),
        new("x-oss-range-behavior", "standard"),
    ];

    // RFC 6266: the plain name for old browsers, the true one for all others.
    private static string Disposition(string fileName)
    {
        var plain = new StringBuilder(fileName.Length);
        foreach (var rune in fileName.EnumerateRunes()) plain.Append(rune.IsAscii && !Rune.IsControl(rune) && rune.Value is not ('"' or '\\' or '%') ? rune.ToString() : "_");
        return $"attachment; filename=\"{plain}\"; filename*=UTF-8''{Uri.EscapeDataString(fileName)}";
    }

    private static string ChecksumOf(ulong crc) => string.Create(CultureInfo.InvariantCulture, $"crc64:{crc}");
}
