namespace Ops.Backup.Domain.Retention;

/// <summary>
/// What is kept of the good backups: one stays if any part of the rule keeps it; 0 means that the rule has no such part.
/// The periods counted are those that have a good backup, so that nothing is lost because backups paused.
/// </summary>
public sealed record RetentionRule
{
    public const int MaxCount = 1_000_000;

    /// <summary>A hundred years.</summary>
    public const int MaxDays = 36_500;

    public const int DefaultFailedDays = 7;

    /// <param name="count">The newest so many.</param>
    /// <param name="days">Those not older than so many times 24 hours.</param>
    /// <param name="hourly">The newest of each of the last so many hours; the same for the next four.</param>
    /// <param name="daily">Days of the zone.</param>
    /// <param name="weekly">Weeks from Monday to Sunday (ISO 8601).</param>
    /// <param name="monthly">Months of the zone.</param>
    /// <param name="yearly">Years of the zone.</param>
    /// <param name="failedDays">How many times 24 hours a failed run stays.</param>
    /// <param name="minimumAgeHours">What is younger is never deleted.</param>
    /// <exception cref="InvalidValueException">A number is out of range, or the rule keeps nothing.</exception>
    public RetentionRule(
        int count = 0, int days = 0, int hourly = 0, int daily = 0, int weekly = 0, int monthly = 0, int yearly = 0,
        int failedDays = DefaultFailedDays, int minimumAgeHours = 0)
    {
        Count = Within(count, "count", MaxCount);
        Days = Within(days, "days", MaxDays);
        Hourly = Within(hourly, "hourly", MaxCount);
        Daily = Within(daily, "daily", MaxDays);
        Weekly = Within(weekly, "weekly", MaxDays);
        Monthly = Within(monthly, "monthly", MaxDays);
        Yearly = Within(yearly, "yearly", MaxDays);
        FailedDays = Within(failedDays, "failedDays", MaxDays);
        MinimumAgeHours = Within(minimumAgeHours, "minimumAgeHours", MaxDays);
        if ((count | days | hourly | daily | weekly | monthly | yearly) == 0) throw RetentionErrors.KeepsNothing();
    }

    public int Count { get; }

    public int Days { get; }

    public int Hourly { get; }

    public int Daily { get; }

    public int Weekly { get; }

    public int Monthly { get; }

    public int Yearly { get; }

    public int FailedDays { get; }

    public int MinimumAgeHours { get; }

    public static RetentionRule Of(RetentionPreset preset) => preset switch
    {
        RetentionPreset.Last7 => new RetentionRule(count: 7),
        RetentionPreset.Days30 => new RetentionRule(days: 30),
        RetentionPreset.DataProtection => new RetentionRule(daily: 30, weekly: 12, monthly: 12, yearly: 7),
        _ => throw new ArgumentOutOfRangeException(nameof(preset), preset, message: null),
    };

    private static int Within(int value, string field, int most) =>
        value >= 0 && value <= most ? value : throw RetentionErrors.OutOfRange(field, value, most);
}
