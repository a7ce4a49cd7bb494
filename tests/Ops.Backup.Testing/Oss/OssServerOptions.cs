namespace Ops.Backup.Testing.Oss;

public sealed record OssServerOptions
{
    public string AccessKeyId { get; init; } = "LTAItestkeyid";

    public string AccessKeySecret { get; init; } = "a-secret-that-no-message-shows";

    public string Region { get; init; } = "cn-hangzhou";

    /// <summary>Where bodies are kept; null for memory. Benchmarks and large objects want a folder.</summary>
    public string? Folder { get; init; }

    public int MaxParts { get; init; } = 10_000;

    public long MinPartBytes { get; init; } = 100 * 1024;

    /// <summary>False saves the time for MD5: ETags are made of the CRC then.</summary>
    public bool Md5ETags { get; init; } = true;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
