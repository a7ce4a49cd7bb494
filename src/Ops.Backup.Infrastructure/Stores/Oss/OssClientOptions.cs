namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>How patient the client is.</summary>
internal sealed record OssClientOptions
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>An attempt in which no byte moves for so long has failed. There is no limit on the whole: a part may take hours on a slow line.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The first try among them.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The most that the first pause takes; the limit doubles with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The most that a server's Retry-After is followed.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where connections go instead of the address that the name service gives; for tests.</summary>
    public Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? Connect { get; init; }
}
