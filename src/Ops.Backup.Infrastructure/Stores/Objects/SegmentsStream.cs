namespace Ops.Backup.Infrastructure.Stores.Objects;

/// <summary>Reads pieces of memory one after another, without copying them together.</summary>
internal sealed class SegmentsStream(IReadOnlyList<ReadOnlyMemory<byte>> segments) : Stream
{
    private readonly long[] _starts = Starts(segments);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _starts[^1];

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position >= Length || buffer.IsEmpty) return 0;
        var found = Array.BinarySearch(_starts, _position);
        var index = found >= 0 ? found : ~found - 1;
        // An empty segment starts where the next one does.
        while (segments[index].Length == 0 || _position >= _starts[index + 1]) index++;
        var rest = segments[index].Span[(int)(_position - _starts[index])..];
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static long[] Starts(IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        var starts = new long[segments.Count + 1];
        for (var i = 0; i < segments.Count; i++) starts[i + 1] = starts[i] + segments[i].Length;
        return starts;
    }
}
