using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <param name="Length">Bytes to come; null when the server did not say.</param>
/// <param name="Crc">Of them; null when it is not known, as for a part of an object.</param>
internal sealed record OssExpected(long? Length, ulong? Crc);

/// <summary>An object's bytes. Fewer than were promised, or others, are a <see cref="StoreException"/> and never just the end.</summary>
internal sealed class OssReadStream(
    HttpResponseMessage response, Stream content, OssExpected expected, OssRequest request, OssErrors errors, TimeSpan idleTimeout) : Stream
{
    private long _read;
    private ulong _crc;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _read; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        // The limit is for the store, not for who reads: between two reads any time may pass.
        using var watch = new IdleWatch(idleTimeout, cancellationToken);
        int read;
        try
        {
            read = await content.ReadAsync(buffer, watch.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && watch.RanOut)
        {
            throw errors.Idle(request, idleTimeout, e).Error;
        }
        catch (IOException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw errors.Network(request, e).Error;
        }
        if (read == 0) CheckEnd();
        if (expected.Crc is not null) _crc = Crc64.Append(_crc, buffer.Span[..read]);
        _read += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Programs that can't wait for a task, like those that unpack on a thread of their own.
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            response.Dispose();
        }
        base.Dispose(disposing);
    }

    private void CheckEnd()
    {
        if (expected.Length is { } length && _read != length)
            throw errors.Network(request, new EndOfStreamException()).Error;
        if (expected.Crc is { } crc && crc != _crc)
            throw errors.Corrupted(request, new OssAnswer(response, default, 0), "What was read has another CRC-64 than the store has for it: read it again, and use another copy if it stays so.", transient: true).Error;
    }
}
