namespace Ops.Backup.Application.Statistics;

/// <summary>Sizes are bytes, durations and ages seconds, times and days UTC, rates 0 to 1.</summary>
public sealed record BackupStatistics
{
    /// <example>2026-11-21T03:00:00Z</example>
    public required DateTimeOffset GeneratedAt { get; init; }

    /// <summary>How many days the counts, medians and series are about; today is the last.</summary>
    /// <example>30</example>
    public required int Days { get; init; }

    public required IReadOnlyList<Indicator> Indicators { get; init; }

    /// <summary>The worst first: those without a good backup, then by the age of the newest. Empty when a config is asked for.</summary>
    public required IReadOnlyList<SubjectStatistics> Databases { get; init; }

    /// <summary>How many there are; more than are listed when `limit` is smaller.</summary>
    /// <example>1</example>
    public required long DatabasesTotal { get; init; }

    /// <summary>The worst first, as the databases.</summary>
    public required IReadOnlyList<SubjectStatistics> Configs { get; init; }

    /// <example>1</example>
    public required long ConfigsTotal { get; init; }

    /// <summary>All that was asked for, day by day, the oldest first; a day without runs has zeros.</summary>
    public required IReadOnlyList<DayStatistics> Series { get; init; }
}

/// <param name="Name" example="newest_backup_age">success_rate, newest_backup_age, size_plausible, disk_share, missed_runs or failed_deletes.</param>
/// <param name="Unit" example="seconds">ratio, seconds, factor or count.</param>
/// <param name="Value" example="3600">Null when it can't be known; `reason` then says why.</param>
/// <param name="Goal" example="at most 86400">In words.</param>
/// <param name="Ok" example="true">Null when nobody can say.</param>
/// <param name="About" example="chinook at 127.0.0.1:5432">What has this value: the worst of its kind.</param>
/// <param name="Reason" example="null">Why there is no value.</param>
public sealed record Indicator(string Name, string Unit, double? Value, string Goal, bool? Ok, string? About, string? Reason);

/// <summary>One database on one server, or one config.</summary>
public sealed record SubjectStatistics
{
    /// <example>chinook</example>
    public required string Database { get; init; }

    /// <example>127.0.0.1</example>
    public required string Host { get; init; }

    /// <example>5432</example>
    public required string Port { get; init; }

    /// <summary>Null for a database, as is the next.</summary>
    /// <example>01999f3a-7c10-7b52-9a41-3d1f0b8e2b00</example>
    public string? ConfigId { get; init; }

    /// <summary>The config's name.</summary>
    /// <example>nightly</example>
    public string? Config { get; init; }

    /// <summary>The next start; of a database the soonest of its configs.</summary>
    /// <example>2026-11-22T02:00:00Z</example>
    public DateTimeOffset? NextRunAt { get; init; }

    /// <summary>Succeeded and failed ones; each retry is a run of its own.</summary>
    /// <example>30</example>
    public required long Runs { get; init; }

    /// <example>29</example>
    public required long Succeeded { get; init; }

    /// <example>1</example>
    public required long Failed { get; init; }

    /// <summary>By a person.</summary>
    /// <example>0</example>
    public required long Canceled { get; init; }

    /// <summary>Not begun, because another was running.</summary>
    /// <example>0</example>
    public required long Skipped { get; init; }

    /// <summary>Times when no node was there to begin; several in a row count once.</summary>
    /// <example>0</example>
    public required long Missed { get; init; }

    /// <summary>Succeeded of succeeded and failed in the last 7 times 24 hours; null when there were none.</summary>
    /// <example>1</example>
    public double? SuccessRate7Days { get; init; }

    /// <example>0.967</example>
    public double? SuccessRate30Days { get; init; }

    /// <summary>Of those that succeeded.</summary>
    /// <example>12</example>
    public double? MedianDurationSeconds { get; init; }

    /// <summary>Together, of those that succeeded.</summary>
    /// <example>12400000</example>
    public required long Bytes { get; init; }

    /// <summary>The newest that succeeded, however old; null when there is none.</summary>
    public NewestGood? Newest { get; init; }

    /// <summary>Duration and size over the time, 31 points at most; those without runs are left out.</summary>
    public required IReadOnlyList<TrendPoint> Trend { get; init; }
}

/// <param name="Id" example="0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f">The backup's id.</param>
/// <param name="StartedAt" example="2026-11-21T02:00:00Z">What was written to the database later is not in it.</param>
/// <param name="AgeSeconds" example="3600">Since it started.</param>
/// <param name="SizeBytes" example="412345">Null when it was not told.</param>
/// <param name="Type" example="full">What it has.</param>
/// <param name="Proof" example="integrity_check">The strongest verification that passed; null when none did.</param>
/// <param name="SizeFactor" example="1.02">Its size by the median of up to 30 good ones of its type before it; null when there is none.</param>
public sealed record NewestGood(string Id, DateTimeOffset StartedAt, long AgeSeconds, long? SizeBytes, string Type, string? Proof, double? SizeFactor);

/// <param name="From" example="2026-11-21T00:00:00Z">The first of its days; they are as many as it takes to have 31 points at most.</param>
/// <param name="Succeeded" example="1">Runs.</param>
/// <param name="Failed" example="0">Runs.</param>
/// <param name="MedianDurationSeconds" example="12">Of those that succeeded.</param>
/// <param name="MedianBytes" example="412345">Of those that succeeded.</param>
public sealed record TrendPoint(DateTimeOffset From, long Succeeded, long Failed, double? MedianDurationSeconds, double? MedianBytes);

/// <param name="Date" example="2026-11-21">UTC.</param>
/// <param name="Succeeded" example="1">Runs.</param>
/// <param name="Failed" example="0">Runs.</param>
/// <param name="Canceled" example="0">By a person.</param>
/// <param name="Skipped" example="0">Not begun.</param>
/// <param name="Missed" example="0">Not begun.</param>
/// <param name="MedianDurationSeconds" example="12">Of those that succeeded; null when none did.</param>
/// <param name="Bytes" example="412345">Together, of those that succeeded.</param>
public sealed record DayStatistics(DateOnly Date, long Succeeded, long Failed, long Canceled, long Skipped, long Missed, double? MedianDurationSeconds, long Bytes);
