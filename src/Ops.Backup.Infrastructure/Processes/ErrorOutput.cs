using System.Text;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>Reads a child's error stream to its end, hands on each line, and keeps the last 64 KiB for the error message.</summary>
internal sealed class ErrorOutput(Action<string>? onLine)
{
    private const int Limit = 64 * 1024;
    private readonly StringBuilder _tail = new();
    private readonly Lock _gate = new();

    public string Tail
    {
        get { lock (_gate) return _tail.ToString().TrimEnd(); }
    }

    public async Task DrainAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _tail.Append(line).Append('\n');
                if (_tail.Length > Limit) _tail.Remove(0, _tail.Length - Limit);
            }
            HandOn(line);
        }
    }

    // A log on a full disk must not stop the draining: the program would block on its full error pipe for ever.
    private void HandOn(string line)
    {
        try { onLine?.Invoke(line); }
        catch (IOException) { /* this line is in the tail; the next one is tried again */ }
    }
}
