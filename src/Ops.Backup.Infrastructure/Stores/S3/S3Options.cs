namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>How patient the S3 client is.</summary>
internal sealed record S3Options
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>An attempt in which for so long no byte moves is given up.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A server may take minutes to join thousands of parts before it says anything.</summary>
    public TimeSpan CompleteTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a call is made at most.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Before the second attempt; doubled for each further one, up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(20);
}
