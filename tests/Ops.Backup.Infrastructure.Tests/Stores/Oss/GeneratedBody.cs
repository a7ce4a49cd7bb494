using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

/// <summary>So many bytes, made as they are read; it looks at the process's memory meanwhile.</summary>
internal sealed class GeneratedBody(long length) : PartBody
{
    private long _peak;

    public override long Length => length;

    public long PeakWorkingSet => _peak;

    public override Stream Open() => new Generated(this);

    private sealed class Generated(GeneratedBody body) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => body.Length;

        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, Length - Position);
            buffer[..count].Fill((byte)(Position >> 16));
            if ((Position >> 22) != ((Position + count) >> 22)) body._peak = Math.Max(body._peak, Environment.WorkingSet);
            Position += count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
