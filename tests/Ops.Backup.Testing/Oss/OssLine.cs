namespace Ops.Backup.Testing.Oss;

/// <summary>The line to the server, shared by all who talk with it.</summary>
internal sealed class OssLine(TimeProvider time)
{
    // Timers ring late; what a line lost by that it may catch up.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private long _freeAt;

    public long? BytesPerSecond { get; set; }

    /// <summary>Waits until so many bytes have gone over.</summary>
    public async ValueTask PassAsync(int bytes, CancellationToken cancellationToken)
    {
        if (BytesPerSecond is not { } rate) return;
        long wait;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _freeAt = Math.Max(_freeAt, now - (long)(Lateness.TotalSeconds * time.TimestampFrequency)) + (long)((double)bytes / rate * time.TimestampFrequency);
            wait = _freeAt - now;
        }
        var pause = TimeSpan.FromSeconds((double)wait / time.TimestampFrequency);
        if (pause > TimeSpan.FromMilliseconds(1)) await Task.Delay(pause, cancellationToken);
    }
}
