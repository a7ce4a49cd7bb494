using System.Globalization;
using System.Text;

namespace Ops.Backup.Testing;

/// <summary>Copies an HTTP message's body.</summary>
/// <param name="limit">Ends the copy after so many bytes; null for the whole.</param>
/// <param name="flip">The byte that becomes another.</param>
/// <param name="pace">Told of each piece before it is sent on, and whether it is the first.</param>
internal sealed class BodyCopy(Stream from, Stream to, long? limit, long? flip, Func<int, bool, Task> pace)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private long _done;

    private bool IsOver => _done >= limit;

    public async Task BytesAsync(long count, CancellationToken cancellationToken)
    {
        while (count > 0 && !IsOver)
        {
            var read = await from.ReadAsync(_buffer.AsMemory(0, (int)Math.Min(Math.Min(count, (limit ?? long.MaxValue) - _done), _buffer.Length)), cancellationToken);
            if (read == 0) return;
            if (flip - _done is >= 0 and var at && at < read) _buffer[(int)at] ^= 0x01;
            await pace(read, _done == 0);
            await to.WriteAsync(_buffer.AsMemory(0, read), cancellationToken);
            (_done, count) = (_done + read, count - read);
        }
    }

    public async Task ChunksAsync(CancellationToken cancellationToken)
    {
        while (!IsOver && await HttpHead.ReadLineAsync(from, cancellationToken) is { } line)
        {
            await LineAsync(line, cancellationToken);
            var size = long.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size > 0) await BytesAsync(size, cancellationToken);
            if (IsOver) return;
            // Behind the last chunk there may be fields; an empty line ends them, as it ends every chunk.
            string? end;
            do
            {
                end = await HttpHead.ReadLineAsync(from, cancellationToken);
                await LineAsync(end ?? "", cancellationToken);
            }
            while (size == 0 && end is { Length: > 0 });
            if (size == 0) return;
        }
    }

    private async Task LineAsync(string line, CancellationToken cancellationToken) => await to.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken);
}
