using System.Buffers;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>Keeps the last bytes of a stream; of size 0 it only lets it pass.</summary>
internal sealed class TailBuffer(int size) : IBufferWriter<byte>
{
    // Below what the collector calls a large object.
    private const int PassingBytes = 64 * 1024;
    private readonly byte[] _passing = new byte[PassingBytes];
    private byte[] _bytes = [];

    public ReadOnlySpan<byte> Bytes => _bytes;

    public void Add(ReadOnlySpan<byte> more)
    {
        if (size == 0) return;
        if (more.Length >= size) _bytes = more[^size..].ToArray();
        else _bytes = [.. _bytes.AsSpan(Math.Max(0, _bytes.Length + more.Length - size)), .. more];
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _passing;

    public Span<byte> GetSpan(int sizeHint = 0) => _passing;

    public void Advance(int count) => Add(_passing.AsSpan(0, count));
}
