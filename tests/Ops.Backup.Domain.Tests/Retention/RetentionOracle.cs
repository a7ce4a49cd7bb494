using System.Globalization;
using Ops.Backup.Domain.Retention;

namespace Ops.Backup.Domain.Tests.Retention;

/// <summary>The rule said plainly and slowly, one question at a time.</summary>
internal sealed class RetentionOracle(RetentionRule rule, IReadOnlyList<RetainedBackup> backups, DateTimeOffset now, TimeZoneInfo zone)
{
    private readonly List<RetainedBackup> _past =
        [.. backups.Where(backup => backup.StartedAt <= now).OrderByDescending(backup => backup.StartedAt).ThenByDescending(backup => backup.Id, StringComparer.Ordinal)];

    private IEnumerable<RetainedBackup> Good => _past.Where(backup => backup.Status == RetainedStatus.Good);

    public Dictionary<string, HashSet<RetentionReason>> Kept()
    {
        var kept = backups.ToDictionary(backup => backup.Id, _ => new HashSet<RetentionReason>(), StringComparer.Ordinal);
        void Keep(IEnumerable<RetainedBackup> some, RetentionReason reason)
        {
            foreach (var backup in some.ToList()) kept[backup.Id].Add(reason);
        }
        Keep(backups.Where(backup => backup.Status == RetainedStatus.Running), RetentionReason.Running);
        Keep(backups.Where(backup => backup.StartedAt > now || backup.StartedAt > now.AddHours(-rule.MinimumAgeHours)), RetentionReason.TooYoung);
        Keep(backups.Where(backup => backup.HoldUntil > now), RetentionReason.OnHold);
        Keep(Good.Take(1).Concat(Good.Where(CanBeRestored).Take(1)), RetentionReason.NewestGood);
        Keep(Good.Where(backup => backup.IsProven).Take(1).Concat(Good.Where(backup => backup.IsProven && CanBeRestored(backup)).Take(1)), RetentionReason.NewestProven);
        Keep(Good.Take(rule.Count), RetentionReason.Count);
        if (rule.Days > 0) Keep(Good.Where(backup => now - backup.StartedAt <= TimeSpan.FromDays(rule.Days)), RetentionReason.Age);
        Keep(NewestOf(local => local.ToString("yyyyMMddHHzzz", CultureInfo.InvariantCulture), rule.Hourly), RetentionReason.Hourly);
        Keep(NewestOf(local => local.ToString("yyyyMMdd", CultureInfo.InvariantCulture), rule.Daily), RetentionReason.Daily);
        Keep(NewestOf(local => (ISOWeek.GetYear(local.DateTime), ISOWeek.GetWeekOfYear(local.DateTime)).ToString(), rule.Weekly), RetentionReason.Weekly);
        Keep(NewestOf(local => local.ToString("yyyyMM", CultureInfo.InvariantCulture), rule.Monthly), RetentionReason.Monthly);
        Keep(NewestOf(local => local.ToString("yyyy", CultureInfo.InvariantCulture), rule.Yearly), RetentionReason.Yearly);
        var failed = _past.Where(backup => backup.Status == RetainedStatus.Failed).ToList();
        Keep(failed.Where(backup => now - backup.StartedAt <= TimeSpan.FromDays(rule.FailedDays)), RetentionReason.RecentFailure);
        Keep(failed.Take(1).Where(failure => !_past.TakeWhile(backup => backup != failure).Any(backup => backup.Status == RetainedStatus.Good)), RetentionReason.NewestFailure);
        for (var more = true; more;)
        {
            more = false;
            foreach (var needed in backups.Where(backup => kept[backup.Id].Count > 0 && backup.DependsOn is not null && kept.ContainsKey(backup.DependsOn)).Select(backup => backup.DependsOn!))
                more |= kept[needed].Add(RetentionReason.NeededBy);
        }
        return kept;
    }

    private IEnumerable<RetainedBackup> NewestOf(Func<DateTimeOffset, string?> period, int count) =>
        Good.GroupBy(backup => period(TimeZoneInfo.ConvertTime(backup.StartedAt, zone)), StringComparer.Ordinal).Select(group => group.First()).Take(count);

    private bool CanBeRestored(RetainedBackup backup)
    {
        for (var steps = 0; steps <= backups.Count; steps++)
        {
            if (backup.Status != RetainedStatus.Good) return false;
            if (backup.DependsOn is null) return true;
            if (backups.FirstOrDefault(other => string.Equals(other.Id, backup.DependsOn, StringComparison.Ordinal)) is not { } parent) return false;
            backup = parent;
        }
        return false;
    }
}
