using System.Globalization;
using System.Net;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>What an attempt got back, with the body read when it is a short one.</summary>
/// <param name="SentCrc">Of the bytes that went out; 0 when there were none.</param>
internal sealed class OssAnswer(HttpResponseMessage response, ReadOnlyMemory<byte> body, ulong sentCrc)
{
    public HttpStatusCode Status => response.StatusCode;

    public ReadOnlyMemory<byte> Body => body;

    public ulong SentCrc => sentCrc;

    public string? RequestId => Header("x-oss-request-id");

    public ulong? Crc => ulong.TryParse(Header("x-oss-hash-crc64ecma"), NumberStyles.None, CultureInfo.InvariantCulture, out var crc) ? crc : null;

    public string? ETag => response.Headers.NonValidated.TryGetValues("ETag", out var values) ? values.ToString().Trim('"') : null;

    // Taken at once: the answer outlives the response, which then does not tell.
    public long? Length { get; } = response.Content.Headers.ContentLength;

    public DateTimeOffset? ModifiedAt { get; } = response.Content.Headers.LastModified;

    public DateTimeOffset? Date => response.Headers.Date;

    public TimeSpan? RetryAfter(DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - now;
        return asked > TimeSpan.Zero ? asked : null;
    }

    /// <summary>An error's description: the body, or for HEAD, which has none, a header that holds the same.</summary>
    public ReadOnlyMemory<byte> ErrorBody()
    {
        if (!body.IsEmpty || Header("x-oss-err") is not { } encoded) return body;
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) ? bytes.AsMemory(0, length) : body;
    }

    public string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
