namespace Ops.Backup.Domain.Verification;

public enum VerificationType { Checksum, IntegrityCheck, RestoreTest }

public enum VerificationStatus { Passed, Failed }

/// <summary>A check of one backup. The strongest type that passed is the backup's proof.</summary>
public sealed class BackupVerification
{
    private BackupVerification() { }

    public string Id { get; private set; } = "";

    public string JobId { get; private set; } = "";

    public VerificationType Type { get; private set; }

    public VerificationStatus Status { get; private set; }

    /// <summary>What was done and found, for people.</summary>
    public string Result { get; private set; } = "";

    public long DurationMilliseconds { get; private set; }

    public DateTimeOffset VerifiedAt { get; private set; }

    /// <summary>The node, or the person who asked.</summary>
    public string VerifiedBy { get; private set; } = "";

    public static BackupVerification Of(string jobId, VerificationOutcome outcome, string by, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now).ToString(),
        JobId = jobId,
        Type = outcome.Type,
        Status = outcome.Passed ? VerificationStatus.Passed : VerificationStatus.Failed,
        Result = outcome.Result,
        DurationMilliseconds = (long)outcome.Duration.TotalMilliseconds,
        VerifiedAt = now,
        VerifiedBy = by,
    };
}

public sealed record VerificationOutcome(VerificationType Type, bool Passed, string Result, TimeSpan Duration);
