using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>How a run is treated: who may run it, before whom, for how long, and what follows when it fails.</summary>
public sealed record RunPolicy
{
    public const int MaxPriority = 100;
    public const int MaxRetries = 20;
    public const int DefaultRetryDelaySeconds = 60;

    private const int MaxTimeLimitSeconds = 7 * 24 * 3600;
    private const int MaxDelaySeconds = 24 * 3600;

    public static readonly RunPolicy Default = new();

    /// <param name="priority">The higher runs first; of equals the one that waits longest.</param>
    /// <param name="timeLimitSeconds">Null for the service's own limit.</param>
    /// <param name="retries">How often it is tried again by itself after a failure.</param>
    /// <param name="retryDelaySeconds">Before the first retry; each further one waits twice as long, a day at most.</param>
    /// <param name="node">The only node that may run it; null for any.</param>
    /// <param name="label">A label that the node must have; null for any.</param>
    /// <exception cref="InvalidValueException">A value is out of range.</exception>
    public RunPolicy(int priority = 0, int? timeLimitSeconds = null, int retries = 0, int retryDelaySeconds = DefaultRetryDelaySeconds, string? node = null, string? label = null)
    {
        Priority = Within(priority, -MaxPriority, MaxPriority, "priority");
        TimeLimitSeconds = timeLimitSeconds is { } limit ? Within(limit, 1, MaxTimeLimitSeconds, "timeLimitSeconds") : null;
        Retries = Within(retries, 0, MaxRetries, "retries");
        RetryDelaySeconds = Within(retryDelaySeconds, 0, MaxDelaySeconds, "retryDelaySeconds");
        Node = string.IsNullOrEmpty(node) ? null : SourceRules.Text(node, "node", 100);
        Label = string.IsNullOrEmpty(label) ? null : SourceRules.Text(label, "label", 100);
    }

    public int Priority { get; }

    public int? TimeLimitSeconds { get; }

    public int Retries { get; }

    public int RetryDelaySeconds { get; }

    public string? Node { get; }

    public string? Label { get; }

    /// <summary>What holds for the retry of a run that this held for.</summary>
    public RunPolicy ForRetry() => new(Priority, TimeLimitSeconds, Math.Max(0, Retries - 1), Math.Min(RetryDelaySeconds * 2, MaxDelaySeconds), Node, Label);

    private static int Within(int value, int least, int most, string field) => value >= least && value <= most ? value
        : throw new InvalidValueException("VALUE_OUT_OF_RANGE", field, $"{field} is {value}; it goes from {least} to {most}.");
}
