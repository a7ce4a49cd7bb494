namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>Where rclone is, and how patient we are with it.</summary>
internal sealed record RcloneOptions
{
    /// <summary>The program's path; looked for in PATH when null.</summary>
    public string? Program { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>rclone is ended when for so long no byte moves.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For what moves no byte that we see: a server that reckons a hash or moves a file, and an upload's end (some backends spool it first).</summary>
    public TimeSpan FinishTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How often a command is tried; an upload is tried once, for its bytes come only once.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Before the second attempt; doubled for each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);
}
