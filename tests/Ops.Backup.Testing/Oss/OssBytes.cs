namespace Ops.Backup.Testing.Oss;

/// <summary>A stored body: pieces one after the other, each in memory or in a file of its own, so that joining parts copies nothing.</summary>
internal sealed class OssBytes(IReadOnlyList<OssPiece> pieces)
{
    public IReadOnlyList<OssPiece> Pieces { get; } = pieces;

    public long Length { get; } = pieces.Sum(piece => piece.Length);

    public static OssBytes Join(IEnumerable<OssBytes> all) => new([.. all.SelectMany(one => one.Pieces)]);

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(long offset, long length)
    {
        var buffer = new byte[128 * 1024];
        foreach (var piece in Pieces)
        {
            if (offset >= piece.Length)
            {
                offset -= piece.Length;
                continue;
            }
            await using var stream = piece.Open();
            stream.Position = offset;
            offset = 0;
            for (int read; length > 0 && (read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)))) > 0; length -= read)
                yield return buffer.AsMemory(0, read);
            if (length == 0) yield break;
        }
    }

    public void Delete()
    {
        foreach (var piece in Pieces)
            if (piece.File is not null) File.Delete(piece.File);
    }
}

internal sealed record OssPiece(byte[]? Memory, string? File, long Length)
{
    public Stream Open() => Memory is not null ? new MemoryStream(Memory, writable: false) : new FileStream(File!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
}
