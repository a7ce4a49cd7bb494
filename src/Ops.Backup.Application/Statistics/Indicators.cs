using System.Globalization;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Statistics;

/// <summary>The few numbers that say whether one can sleep. What can't be known is said to be unknown, with why.</summary>
public static class Indicators
{
    /// <summary>Near 100 %: one failure in a hundred runs.</summary>
    public const double SuccessRateGoal = 0.99;

    public const long AgeGoalSeconds = 24 * 3600;

    /// <summary>Of the disk that the backups lie on.</summary>
    public const double DiskShareGoal = 0.05;

    /// <summary>By how much a backup may be larger than its predecessors, or smaller.</summary>
    public const double SizeFactorGoal = 2;

    public static IReadOnlyList<Indicator> Of(SubjectFacts subjects, StatisticsFacts facts) =>
        [SuccessRate(facts), Age(subjects), Size(subjects), Disk(facts.Disk), Count("missed_runs", facts.Missed30Days), Count("failed_deletes", facts.FailedDeletes)];

    private static Indicator SuccessRate(StatisticsFacts facts)
    {
        var ended = facts.Succeeded30Days + facts.Failed30Days;
        double? rate = ended == 0 ? null : (double)facts.Succeeded30Days / ended;
        return new Indicator("success_rate", "ratio", rate, Words($"at least {SuccessRateGoal}"), rate is null ? null : rate >= SuccessRateGoal, null,
            rate is null ? "No run ended in the last 30 days." : null);
    }

    // Without any good backup there is no age, and yet the goal is missed.
    private static Indicator Age(SubjectFacts subjects)
    {
        var goal = Words($"at most {AgeGoalSeconds}");
        if (subjects.Total == 0) return new Indicator("newest_backup_age", "seconds", null, goal, null, null, "There is no database and no backup.");
        if (subjects.WithoutGood > 0)
            return new Indicator("newest_backup_age", "seconds", null, goal, false, subjects.FirstWithoutGood, Words($"{subjects.WithoutGood} of {subjects.Total} have no good backup at all."));
        return new Indicator("newest_backup_age", "seconds", subjects.OldestAgeSeconds, goal, subjects.OldestAgeSeconds <= AgeGoalSeconds, subjects.Oldest, null);
    }

    private static Indicator Size(SubjectFacts subjects)
    {
        var factor = subjects.WorstSizeFactor;
        return new Indicator("size_plausible", "factor", factor, Words($"{1 / SizeFactorGoal} to {SizeFactorGoal}"),
            factor is null ? null : factor >= 1 / SizeFactorGoal && factor <= SizeFactorGoal, subjects.WorstSize,
            factor is null ? "There are no two good backups of one type to compare." : null);
    }

    private static Indicator Disk(DiskShare? disk)
    {
        var goal = Words($"under {DiskShareGoal}");
        return disk is null ? new Indicator("disk_share", "ratio", null, goal, null, null, "No local store was measured in the last day.")
            : new Indicator("disk_share", "ratio", disk.Share, goal, disk.Share < DiskShareGoal, $"{disk.Store} on {disk.Node}", null);
    }

    private static Indicator Count(string name, long count) => new(name, "count", count, "0", count == 0, null, null);

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
