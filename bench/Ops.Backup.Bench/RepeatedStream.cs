namespace Ops.Backup.Bench;

/// <summary>So many bytes that nothing had to make: one random piece again and again.</summary>
internal sealed class RepeatedStream(long length) : Stream
{
    private static readonly byte[] Piece = Random();
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var at = (int)(_position % Piece.Length);
        var count = (int)Math.Min(Math.Min(buffer.Length, Piece.Length - at), length - _position);
        Piece.AsSpan(at, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer, offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] Random()
    {
        var bytes = new byte[7 * 1024 * 1024 + 1];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
