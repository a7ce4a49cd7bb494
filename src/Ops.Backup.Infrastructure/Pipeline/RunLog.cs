using System.Globalization;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>One run's log: what was started and what the programs said, a line each with its UTC time. The source's password never gets in.</summary>
public sealed class RunLog(string path, TimeProvider time, string? secret) : IDisposable
{
    private readonly StreamWriter _writer = new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    private readonly Lock _gate = new();

    public void Write(string line)
    {
        var clean = string.IsNullOrEmpty(secret) ? line : line.Replace(secret, "***", StringComparison.Ordinal);
        lock (_gate) _writer.WriteLine($"{time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} {clean}");
    }

    public void Dispose()
    {
        lock (_gate) _writer.Dispose();
    }
}
