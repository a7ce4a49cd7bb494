namespace Ops.Backup.Testing.Oss;

/// <summary>An error answer.</summary>
internal sealed class OssRefusal(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>More elements of the answer.</summary>
    public IReadOnlyList<(string Name, string Value)> Details { get; init; } = [];

    public TimeSpan? RetryAfter { get; init; }
}
