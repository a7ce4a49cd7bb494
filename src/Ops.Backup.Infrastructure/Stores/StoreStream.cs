using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>A stored file as a stream that can be sought in: a read after a seek opens the file anew from there.</summary>
internal sealed class StoreStream(OpenStore store, string name, long length) : Stream
{
    private readonly byte[] _beyond = new byte[1];
    private Stream? _open;
    private long _openAt = -1;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value is >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.IsEmpty) return 0;
        if (_open is null || _openAt != _position)
        {
            if (_open is not null) await _open.DisposeAsync();
            _open = await store.Files.ReadAsync(name, _position, null, cancellationToken);
        }
        var read = await _open.ReadAsync(buffer, cancellationToken);
        if (read == 0) throw new StoreException(StoreCodes.Corrupted, $"{store.Files.UrlOf(name)} ends at byte {_position} of {length}.", isTransient: true);
        _openAt = _position += read;
        // A store tells at the end whether what it sent was right. Who reads must hear that before the last bytes, or all would look well.
        if (_position == length && await _open.ReadAsync(_beyond, cancellationToken) > 0)
            throw new StoreException(StoreCodes.Corrupted, $"{store.Files.UrlOf(name)} goes on behind its {length} bytes.", isTransient: true);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _open?.Dispose();
            store.Dispose();
        }
        base.Dispose(disposing);
    }
}
