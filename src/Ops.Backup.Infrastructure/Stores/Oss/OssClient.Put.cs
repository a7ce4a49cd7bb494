using System.Buffers;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

internal sealed partial class OssClient
{
    // An answer to a write can get lost after the write was done; then the next try meets its own work.
    private const string OwnName = "FileAlreadyExists";

    private static readonly KeyValuePair<string, string> NoOverwrite = new("x-oss-forbid-overwrite", "true");

    public Task<StoredObject> PutAsync(string key, PartBody body, bool overwrite, CancellationToken cancellationToken)
    {
        var request = new OssRequest(HttpMethod.Put, "PutObject", key)
        {
            Body = body,
            ContentType = "application/octet-stream",
            Headers = [.. StorageHeaders(), .. Overwriting(overwrite)],
        };
        var mayBeThere = false;
        return _retry.RunAsync(async token =>
        {
            OssAnswer answer;
            try
            {
                answer = await _connection.SendAsync(request, token);
            }
            catch (OssFailure failure) when (mayBeThere && failure.OssCode is OwnName)
            {
                if (await SameAsync(key, body.Length, await CrcOfAsync(body, token), token) is { } stored) return stored;
                throw;
            }
            catch (OssFailure failure)
            {
                mayBeThere |= failure.MayHaveHappened;
                throw;
            }
            mayBeThere = true;
            if (CrcIn(request, answer) != answer.SentCrc)
            {
                await DeleteOnceAsync(key, token);
                throw Corrupted(request, answer, "What arrived has another CRC-64 than what was sent, and was deleted again: look at the network if it happens again.", transient: true);
            }
            return await ConfirmAsync(request, answer, body.Length, answer.SentCrc, token);
        }, cancellationToken);
    }

    private static KeyValuePair<string, string>[] Overwriting(bool allowed) => allowed ? [] : [NoOverwrite];

    private List<KeyValuePair<string, string>> StorageHeaders()
    {
        List<KeyValuePair<string, string>> headers = [];
        if (_settings.ServerSideEncryption is ServerSideEncryption.Aes256) headers.Add(new("x-oss-server-side-encryption", "AES256"));
        if (_settings.ServerSideEncryption is ServerSideEncryption.Kms)
        {
            headers.Add(new("x-oss-server-side-encryption", "KMS"));
            if (!string.IsNullOrEmpty(_settings.KmsKeyId)) headers.Add(new("x-oss-server-side-encryption-key-id", _settings.KmsKeyId));
        }
        if (!string.IsNullOrEmpty(_settings.StorageClass)) headers.Add(new("x-oss-storage-class", _settings.StorageClass));
        return headers;
    }

    /// <summary>Asks the store what it has now under that name.</summary>
    private async Task<StoredObject> ConfirmAsync(OssRequest request, OssAnswer answer, long size, ulong? crc, CancellationToken cancellationToken)
    {
        var found = await FindOnceAsync(request.Key!, cancellationToken);
        return found is not null && IsSame(found, size, crc) ? found
            : throw Corrupted(request, answer, found is null ? "OSS said that the object is stored, and does not find it: run the backup again."
                : "OSS has stored something else than was sent: run the backup again.", transient: false);
    }

    /// <summary>The object under that name if it is the one that we mean.</summary>
    private async Task<StoredObject?> SameAsync(string key, long size, ulong? crc, CancellationToken cancellationToken) =>
        await FindOnceAsync(key, cancellationToken) is { } found && crc is not null && IsSame(found, size, crc) ? found : null;

    private static bool IsSame(StoredObject found, long size, ulong? crc) =>
        found.SizeBytes == size && (crc is null || (found.Checksum is { } checksum && string.Equals(checksum, ChecksumOf(crc.Value), StringComparison.Ordinal)));

    private ulong CrcIn(OssRequest request, OssAnswer answer) =>
        answer.Crc ?? throw _errors.Senseless(request, answer, "The answer has no CRC-64, so nobody knows what arrived");

    private OssFailure NotUnderstood(OssRequest request, OssAnswer answer) => _errors.Senseless(request, answer, "The answer is not what OSS sends");

    private OssFailure Corrupted(OssRequest request, OssAnswer answer, string what, bool transient) => _errors.Corrupted(request, answer, what, transient);

    private static async Task<ulong> CrcOfAsync(PartBody body, CancellationToken cancellationToken)
    {
        var piece = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            var crc = 0UL;
            var source = body.Open();
            await using (source)
            {
                for (int read; (read = await source.ReadAsync(piece, cancellationToken)) > 0;) crc = Crc64.Append(crc, piece.AsSpan(0, read));
            }
            return crc;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
