namespace Ops.Backup.Domain.Retention;

/// <summary>Why a backup stays or goes. The words (<see cref="Words"/>) are stable.</summary>
public enum RetentionReason
{
    Running,
    TooYoung,
    OnHold,
    NewestGood,
    NewestProven,
    NeededBy,
    Count,
    Age,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
    RecentFailure,
    NewestFailure,

    /// <summary>It goes: no part of the rule keeps it.</summary>
    NotKept,

    /// <summary>It goes: a failed run that was kept long enough.</summary>
    OldFailure,
}
