namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Why a backup must not be deleted, and until when. Neither a rule nor a person deletes it before.</summary>
public sealed record Hold
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <exception cref="InvalidValueException">There is no reason, or it ends in the past or a hundred years from now.</exception>
    public Hold(string? reason, DateTimeOffset until, DateTimeOffset now)
        : this(Sources.SourceRules.Text(reason, "reason", 500), until > now && until - now <= Longest ? until
            : throw new InvalidValueException("HOLD_END_INVALID", "until", "until must be in the future, at most a hundred years from now."))
    { }

    private Hold(string reason, DateTimeOffset until) => (Reason, Until) = (reason, until.ToUniversalTime());

    public string Reason { get; }

    public DateTimeOffset Until { get; }

    /// <summary>A hold as it was stored; its end may be over.</summary>
    public static Hold Stored(string reason, DateTimeOffset until) => new(reason, until);
}
