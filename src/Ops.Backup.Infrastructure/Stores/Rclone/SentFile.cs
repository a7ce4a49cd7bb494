using System.Security.Cryptography;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>Size and hashes of what was sent, to be compared with what the server has. Most backends know one of the two, some none.</summary>
internal sealed class SentFile : IDisposable
{
#pragma warning disable CA5350, CA5351 // they are compared with what servers reckon, against damage and not against forgers
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private readonly IncrementalHash _sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350, CA5351

    public long Size { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _md5.AppendData(bytes);
        _sha1.AppendData(bytes);
        Size += bytes.Length;
    }

    /// <summary>Null when nothing that the server tells differs.</summary>
    public string? Difference(RcloneEntry there)
    {
        if (there.Size >= 0 && there.Size != Size) return $"{Size} bytes were sent, and the server has {there.Size}.";
        foreach (var (kind, hash) in new[] { ("md5", _md5), ("sha1", _sha1) })
        {
            var sent = Convert.ToHexStringLower(hash.GetCurrentHash());
            if (there.HashOf(kind) is { } theirs && !theirs.Equals(sent, StringComparison.OrdinalIgnoreCase))
                return $"It was sent with {kind} {sent}, and the server has {theirs}.";
        }
        return null;
    }

    public void Dispose()
    {
        _md5.Dispose();
        _sha1.Dispose();
    }
}
