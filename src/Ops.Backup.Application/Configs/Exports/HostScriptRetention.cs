using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>The script keeps by days only. What it would delete too early otherwise, it keeps.</summary>
internal static class HostScriptRetention
{
    private const int HoursADay = 24;

    public static int Days(ExportSubject subject) => RuleOf(subject) is { } rule && ByDaysOnly(rule)
        ? Math.Clamp(Math.Max(rule.Days, (rule.MinimumAgeHours + HoursADay - 1) / HoursADay), 1, RetentionRule.MaxDays)
        : RetentionRule.MaxDays;

    public static IEnumerable<string> Notes(ExportSubject subject)
    {
        var rule = RuleOf(subject);
        if (rule is null) yield return "retention: the config keeps everything, so RETENTION_DAYS is as high as it goes.";
        else if (!ByDaysOnly(rule)) yield return $"retention: the script keeps by days only and can't keep {Words(rule)}. RETENTION_DAYS is as high as it goes, so that nothing is deleted too early; lower it as your disk demands.";
        if (rule is not null && subject.Stores.Any(store => store.Kind is not StoreKind.Local))
            yield return "retention in the remote store is the business of the bucket's lifecycle rule; the script deletes nothing there.";
    }

    private static bool ByDaysOnly(RetentionRule rule) => rule.Days > 0 && (rule.Count | rule.Hourly | rule.Daily | rule.Weekly | rule.Monthly | rule.Yearly) == 0;

    // The script's retention is about the local folder, so the local store's own rule comes first.
    private static RetentionRule? RuleOf(ExportSubject subject)
    {
        var local = subject.Stores.FirstOrDefault(store => store.Kind is StoreKind.Local)?.Id;
        return subject.Config.Stores.FirstOrDefault(store => string.Equals(store.StoreId, local, StringComparison.Ordinal))?.Retention ?? subject.Config.Retention;
    }

    private static string Words(RetentionRule rule) => string.Join(", ", new[]
    {
        ("count", rule.Count), ("hourly", rule.Hourly), ("daily", rule.Daily), ("weekly", rule.Weekly), ("monthly", rule.Monthly), ("yearly", rule.Yearly),
    }.Where(part => part.Item2 > 0).Select(part => $"{part.Item1} {part.Item2}"));
}
