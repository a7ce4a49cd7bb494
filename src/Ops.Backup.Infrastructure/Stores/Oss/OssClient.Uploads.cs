using System.Globalization;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

internal sealed partial class OssClient
{
    private const string ChecksumPrefix = "crc64:";
    private const string OwnUpload = "NoSuchUpload";

    public Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        var request = new OssRequest(HttpMethod.Post, "InitiateMultipartUpload", key)
        {
            Query = [new("uploads", null)],
            ContentType = "application/octet-stream",
            Headers = StorageHeaders(),
        };
        return _retry.RunAsync(async token =>
        {
            var answer = await _connection.SendAsync(request, token);
            var result = OssXml.Parse(answer.Body);
            return result?.Name.LocalName is "InitiateMultipartUploadResult" && result.Text("UploadId") is { Length: > 0 } id
                ? id : throw NotUnderstood(request, answer);
        }, cancellationToken);
    }

    public Task<UploadedPart> UploadPartAsync(string key, string uploadId, int number, PartBody body, CancellationToken cancellationToken)
    {
        var request = new OssRequest(HttpMethod.Put, "UploadPart", key)
        {
            Query = [new("partNumber", number.ToString(CultureInfo.InvariantCulture)), new("uploadId", uploadId)],
            Body = body,
        };
        return _retry.RunAsync(async token =>
        {
            var answer = await _connection.SendAsync(request, token);
            var crc = CrcIn(request, answer);
            if (crc != answer.SentCrc)
                throw Corrupted(request, answer, $"Part {number} arrived with another CRC-64 than it was sent with: look at the network if it happens again.", transient: true);
            return answer.ETag is { Length: > 0 } tag ? new UploadedPart(number, tag, body.Length, ChecksumOf(crc)) : throw NotUnderstood(request, answer);
        }, cancellationToken);
    }

    public Task<StoredObject> CompleteUploadAsync(string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool overwrite, CancellationToken cancellationToken)
    {
        UploadedPart[] ordered = [.. parts.OrderBy(part => part.Number)];
        var size = ordered.Sum(part => part.SizeBytes);
        var crc = WholeCrc(ordered);
        var request = new OssRequest(HttpMethod.Post, "CompleteMultipartUpload", key)
        {
            Query = [new("uploadId", uploadId)],
            ContentType = "application/xml",
            Body = PartBody.Of(OssXml.CompleteUpload(ordered)),
            Headers = [.. Overwriting(overwrite)],
        };
        var mayBeThere = false;
        return _retry.RunAsync(async token =>
        {
            OssAnswer answer;
            try
            {
                answer = await _connection.SendAsync(request, token);
                if (OssXml.Parse(answer.Body)?.Name.LocalName is not "CompleteMultipartUploadResult") throw NotUnderstood(request, answer);
            }
            // The upload may also have been completed by a run before this one.
            catch (OssFailure failure) when (failure.MayHaveHappened || failure.OssCode is OwnUpload || (mayBeThere && failure.OssCode is OwnName))
            {
                mayBeThere = true;
                if (await SameAsync(key, size, crc, token) is { } stored) return stored;
                throw;
            }
            mayBeThere = true;
            if (crc is not null && CrcIn(request, answer) != crc)
            {
                await DeleteOnceAsync(key, token);
                throw Corrupted(request, answer, "The parts were joined to something else than was sent, which was deleted again: run the backup again.", transient: false);
            }
            return await ConfirmAsync(request, answer, size, crc, token);
        }, cancellationToken);
    }

    public Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        var request = new OssRequest(HttpMethod.Delete, "AbortMultipartUpload", key) { Query = [new("uploadId", uploadId)] };
        return _retry.RunAsync(async token =>
        {
            try
            {
                await _connection.SendAsync(request, token);
                return true;
            }
            catch (OssFailure failure) when (failure.OssCode is OwnUpload)
            {
                return false;
            }
        }, cancellationToken);
    }

    /// <summary>Null when the store gave none for one of the parts.</summary>
    private static ulong? WholeCrc(IEnumerable<UploadedPart> parts)
    {
        var whole = 0UL;
        foreach (var part in parts)
        {
            if (part.Checksum?.StartsWith(ChecksumPrefix, StringComparison.Ordinal) != true
                || !ulong.TryParse(part.Checksum.AsSpan(ChecksumPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var crc)) return null;
            whole = Crc64.Combine(whole, crc, part.SizeBytes);
        }
        return whole;
    }
}
