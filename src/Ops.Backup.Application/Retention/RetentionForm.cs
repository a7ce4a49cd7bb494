using Ops.Backup.Domain;
using Ops.Backup.Domain.Retention;

namespace Ops.Backup.Application.Retention;

/// <summary>A retention rule as people write it: a preset, or numbers. A backup stays if any part keeps it.</summary>
/// <param name="Preset" example="data_protection">last7, days30, or data_protection (daily 30, weekly 12, monthly 12, yearly 7); numbers given beside it count instead of its own.</param>
/// <param name="Count" example="7">The newest so many.</param>
/// <param name="Days" example="0">Those not older than so many times 24 hours.</param>
/// <param name="Hourly" example="0">The newest of each of the last so many hours that have one; likewise the next four.</param>
/// <param name="Daily" example="30">Days of the config's time zone.</param>
/// <param name="Weekly" example="12">Weeks from Monday on.</param>
/// <param name="Monthly" example="12">Months.</param>
/// <param name="Yearly" example="7">Years.</param>
/// <param name="FailedDays" example="7">How many times 24 hours a failed run stays; 7 when left out.</param>
/// <param name="MinimumAgeHours" example="0">What is younger is never deleted.</param>
public sealed record RetentionForm(
    string? Preset = null, int? Count = null, int? Days = null, int? Hourly = null, int? Daily = null, int? Weekly = null, int? Monthly = null, int? Yearly = null,
    int? FailedDays = null, int? MinimumAgeHours = null)
{
    /// <exception cref="InvalidValueException">It keeps nothing, a number is out of range, or the preset is unknown.</exception>
    public RetentionRule Read()
    {
        var preset = Preset is null ? null : RetentionRule.Of(Words.Parse<RetentionPreset>(Preset, "preset"));
        return new RetentionRule(
            Count ?? preset?.Count ?? 0, Days ?? preset?.Days ?? 0, Hourly ?? preset?.Hourly ?? 0, Daily ?? preset?.Daily ?? 0, Weekly ?? preset?.Weekly ?? 0,
            Monthly ?? preset?.Monthly ?? 0, Yearly ?? preset?.Yearly ?? 0, FailedDays ?? RetentionRule.DefaultFailedDays, MinimumAgeHours ?? 0);
    }

    public static RetentionForm? Of(RetentionRule? rule) => rule is null ? null : new RetentionForm(
        Preset: null, rule.Count, rule.Days, rule.Hourly, rule.Daily, rule.Weekly, rule.Monthly, rule.Yearly, rule.FailedDays, rule.MinimumAgeHours);
}
