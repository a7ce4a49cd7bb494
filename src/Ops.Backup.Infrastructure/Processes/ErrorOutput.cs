using System.Text;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>Reads a child's error stream to its end, hands on each line, and keeps the last 64 KiB for the error message.</summary>
internal sealed class ErrorOutput(Action<string>? onLine)
{
    private const int Limit = 64 * 1024;
    private readonly StringBuilder _tail = new();
    private readonly StringBuilder _line = new();
    private readonly Lock _gate = new();

    public string Tail
    {
        get { lock (_gate) return _tail.ToString().TrimEnd(); }
    }

    // By blocks, not by lines: a program that never ends its line must not fill our memory.
    public async Task DrainAsync(StreamReader reader)
    {
        var block = new char[4096];
        while (await reader.ReadAsync(block) is > 0 and var count)
        {
            lock (_gate)
            {
                _tail.Append(block, 0, count);
                if (_tail.Length > Limit) _tail.Remove(0, _tail.Length - Limit);
            }
            foreach (var character in block.AsSpan(0, count))
            {
                if (character != '\n') _line.Append(character);
                if (character == '\n' || _line.Length == Limit) HandOn();
            }
        }
        if (_line.Length > 0) HandOn();
    }

    // A log on a full disk must not stop the draining: the program would block on its full error pipe for ever.
    private void HandOn()
    {
        try { onLine?.Invoke(_line.ToString()); }
        catch (IOException) { /* this line is in the tail; the next one is tried again */ }
        _line.Clear();
    }
}
