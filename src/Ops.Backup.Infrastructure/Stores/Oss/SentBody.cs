using System.Buffers;
using System.Net;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>A part on its way: read in small pieces, with the CRC-64 of what really went out.</summary>
internal sealed class SentBody(PartBody part, IdleWatch watch) : HttpContent
{
    private const int PieceBytes = 128 * 1024;

    public ulong Crc { get; private set; }

    /// <summary>Our own side failed, so the network is not to blame and another try no help.</summary>
    public Exception? SourceError { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Crc = 0;
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            var source = OpenSource();
            await using (source)
            {
                for (var left = part.Length; left > 0;)
                {
                    var read = await ReadSourceAsync(source, piece.AsMemory(0, (int)Math.Min(left, PieceBytes)), cancellationToken);
                    Crc = Crc64.Append(Crc, piece.AsSpan(0, read));
                    await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken);
                    watch.Moved();
                    left -= read;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = part.Length;
        return true;
    }

    private Stream OpenSource()
    {
        try { return part.Open(); }
        catch (Exception e)
        {
            SourceError = e;
            throw;
        }
    }

    private async ValueTask<int> ReadSourceAsync(Stream source, Memory<byte> into, CancellationToken cancellationToken)
    {
        try
        {
            var read = await source.ReadAsync(into, cancellationToken);
            return read > 0 ? read : throw new EndOfStreamException("A part is shorter than it was said to be.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            SourceError = e;
            throw;
        }
    }
}
