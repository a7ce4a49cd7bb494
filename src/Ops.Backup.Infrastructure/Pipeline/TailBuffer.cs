namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>Keeps the last bytes of a stream.</summary>
internal sealed class TailBuffer(int size)
{
    private byte[] _bytes = [];

    public ReadOnlySpan<byte> Bytes => _bytes;

    public void Add(ReadOnlySpan<byte> more)
    {
        if (more.Length >= size) _bytes = more[^size..].ToArray();
        else _bytes = [.. _bytes.AsSpan(Math.Max(0, _bytes.Length + more.Length - size)), .. more];
    }
}
