using Ops.Backup.Domain.Retention;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Retention;

/// <summary>What must hold for every rule and every history.</summary>
public sealed class RetentionRandomTests
{
    private const int Histories = 2000;

    private static readonly string[] Zones = ["UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Kiritimati"];

    [Fact]
    public void The_plan_is_the_rule_said_plainly() => ForEach(1, withFuture: true, (random, rule, backups, now, zone) =>
    {
        var expected = new RetentionOracle(rule, backups, now, TimeZoneInfo.FindSystemTimeZoneById(zone)).Kept();
        var plan = RetentionPlan.Of(rule, backups, now, zone);
        plan.Decisions.Select(decision => decision.Backup).ShouldBe(backups, ignoreOrder: true);
        foreach (var decision in plan.Decisions)
        {
            var reasons = expected[decision.Backup.Id];
            decision.IsKept.ShouldBe(reasons.Count > 0);
            if (decision.IsKept) decision.Notes.Select(note => note.Reason).ShouldBe(reasons.Order(), decision.Backup.ToString());
            else decision.Notes.ShouldHaveSingleItem().Reason.ShouldBe(decision.Backup.Status is RetainedStatus.Failed ? RetentionReason.OldFailure : RetentionReason.NotKept);
            if (decision.Notes.FirstOrDefault(note => note.Reason is RetentionReason.NeededBy) is { } needed)
                plan.Decisions.Single(other => string.Equals(other.Backup.Id, needed.About, StringComparison.Ordinal)).ShouldSatisfyAllConditions(
                    other => other.IsKept.ShouldBeTrue(), other => other.Backup.DependsOn.ShouldBe(decision.Backup.Id));
        }
        plan.Deletions.ShouldBe(plan.Decisions.Where(decision => !decision.IsKept).Select(decision => decision.Backup), ignoreOrder: true);
    });

    [Fact]
    public void No_order_of_deletions_breaks_a_chain_on_the_way() => ForEach(2, withFuture: true, (random, rule, backups, now, zone) =>
    {
        var order = RetentionPlan.Of(rule, backups, now, zone).Deletions;
        var gone = new HashSet<string>(StringComparer.Ordinal);
        var byId = backups.ToDictionary(backup => backup.Id, StringComparer.Ordinal);
        foreach (var backup in order)
        {
            gone.Add(backup.Id);
            backups.Where(other => string.Equals(other.DependsOn, backup.Id, StringComparison.Ordinal)).ShouldAllBe(other => gone.Contains(other.Id) || InRing(byId, other));
        }
    });

    [Fact]
    public void Planning_again_after_deleting_deletes_nothing_more() => ForEach(3, withFuture: true, (random, rule, backups, now, zone) =>
    {
        var plan = RetentionPlan.Of(rule, backups, now, zone);
        var left = plan.Decisions.Where(decision => decision.IsKept).ToList();
        var again = RetentionPlan.Of(rule, left.Select(decision => decision.Backup), now, zone);
        again.Deletions.ShouldBeEmpty();
        again.Decisions.Select(Told).ShouldBe(left.Select(Told), "the reasons stay too");
    });

    [Fact]
    public void The_order_of_the_input_does_not_matter() => ForEach(4, withFuture: true, (random, rule, backups, now, zone) =>
    {
        var plan = RetentionPlan.Of(rule, backups, now, zone);
        var shuffled = backups.ToArray();
        random.Shuffle(shuffled);
        var other = RetentionPlan.Of(rule, shuffled, now, zone);
        other.Decisions.Select(Told).ShouldBe(plan.Decisions.Select(Told));
        other.Deletions.ShouldBe(plan.Deletions);
    });

    [Fact]
    public void A_rule_that_asks_for_more_deletes_nothing_more() => ForEach(5, withFuture: true, (random, rule, backups, now, zone) =>
    {
        int More(int part) => part + random.Next(4);
        var generous = new RetentionRule(
            More(rule.Count), More(rule.Days), More(rule.Hourly), More(rule.Daily), More(rule.Weekly), More(rule.Monthly), More(rule.Yearly),
            More(rule.FailedDays), More(rule.MinimumAgeHours));
        Ids(RetentionPlan.Of(generous, backups, now, zone)).ShouldBeSubsetOf(Ids(RetentionPlan.Of(rule, backups, now, zone)));
    });

    [Fact]
    public void A_hold_or_an_older_backup_more_deletes_nothing_more() => ForEach(6, withFuture: true, (random, rule, backups, now, zone) =>
    {
        if (backups.Count == 0) return;
        var deleted = Ids(RetentionPlan.Of(rule, backups, now, zone));
        var held = backups.ToList();
        held[0] = held[0] with { HoldUntil = now.AddDays(1) };
        Ids(RetentionPlan.Of(rule, held, now, zone)).ShouldBeSubsetOf(deleted);
        var oldest = new RetainedBackup("oldest", backups.Min(backup => backup.StartedAt).AddHours(-5), RetainedStatus.Good);
        Ids(RetentionPlan.Of(rule, [.. backups, oldest], now, zone)).Where(id => id is not "oldest").ShouldBeSubsetOf(deleted);
    });

    [Fact]
    public void Time_that_passes_keeps_nothing_that_was_to_go() => ForEach(7, withFuture: false, (random, rule, backups, now, zone) =>
        Ids(RetentionPlan.Of(rule, backups, now, zone)).ShouldBeSubsetOf(Ids(RetentionPlan.Of(rule, backups, now.AddMinutes(random.Next(100_000)), zone))));

    [Fact]
    public void There_is_always_a_backup_left_to_restore_when_there_was_one() => ForEach(8, withFuture: false, (random, rule, backups, now, zone) =>
    {
        // Day by day the clock goes on, nothing new comes, and what is to go goes.
        var (left, time) = (backups, now);
        var had = RestorableOf(backups).Count > 0;
        for (var step = 0; step < 5; step++)
        {
            left = [.. RetentionPlan.Of(rule, left, time, zone).Decisions.Where(decision => decision.IsKept).Select(decision => decision.Backup)];
            (RestorableOf(left).Count > 0).ShouldBe(had);
            time = time.AddDays(random.Next(1, 400));
        }
    });

    private static void ForEach(int seed, bool withFuture, Action<Random, RetentionRule, List<RetainedBackup>, DateTimeOffset, string> check)
    {
        var random = new Random(seed);
        for (var i = 0; i < Histories; i++)
        {
            var now = new DateTimeOffset(2018, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(9 * 525_600));
            check(random, RandomHistory.Rule(random), RandomHistory.Of(random, now, withFuture), now, Zones[random.Next(Zones.Length)]);
        }
    }

    private static List<RetainedBackup> RestorableOf(List<RetainedBackup> backups)
    {
        var whole = backups.Where(backup => backup is { Status: RetainedStatus.Good, DependsOn: null }).ToList();
        for (var from = 0; from < whole.Count; from++)
            whole.AddRange(backups.Where(backup => backup.Status is RetainedStatus.Good && string.Equals(backup.DependsOn, whole[from].Id, StringComparison.Ordinal)));
        return whole;
    }

    private static bool InRing(Dictionary<string, RetainedBackup> backups, RetainedBackup start)
    {
        var (backup, steps) = (start, 0);
        while (backup.DependsOn is { } id && backups.TryGetValue(id, out backup!) && steps++ < backups.Count)
            if (backup == start) return true;
        return false;
    }

    private static HashSet<string> Ids(RetentionPlan plan) => new(plan.Deletions.Select(backup => backup.Id), StringComparer.Ordinal);

    private static string Told(RetentionDecision decision) =>
        $"{decision.Backup.Id} {decision.IsKept} {string.Join(' ', decision.Notes.Select(note => $"{note.Word}:{note.About}"))}";
}
