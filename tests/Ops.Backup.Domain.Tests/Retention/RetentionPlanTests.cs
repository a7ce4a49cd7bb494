using System.Globalization;
using Ops.Backup.Domain.Retention;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Retention;

public sealed class RetentionPlanTests
{
    private static readonly RetentionRule Last1 = new(count: 1);

    [Fact]
    public void Nothing_is_planned_for_no_backups()
    {
        var plan = Plan(Last1);
        plan.Decisions.ShouldBeEmpty();
        plan.Deletions.ShouldBeEmpty();
    }

    [Fact]
    public void A_count_keeps_the_newest_good_ones_and_the_oldest_go_first()
    {
        var plan = Plan(new RetentionRule(count: 2), Good("a", 4), Good("b", 3), Failed("f", 2.5), Good("c", 2), Good("d", 1));
        Told(plan, "d").ShouldBe(["newest_good", "count"]);
        Told(plan, "c").ShouldBe(["count"]);
        Told(plan, "f").ShouldBe(["recent_failure"], "a failed run takes no good one's place");
        Told(plan, "b").ShouldBe(["not_kept"]);
        Deleted(plan).ShouldBe("a b");
    }

    [Fact]
    public void An_age_keeps_what_is_exactly_that_old()
    {
        var plan = Plan(new RetentionRule(days: 30), Good("old", 30.00001), Good("edge", 30), Good("new", 1));
        Told(plan, "edge").ShouldBe(["age"]);
        Deleted(plan).ShouldBe("old");
    }

    [Fact]
    public void The_newest_good_and_the_newest_proven_stay_however_old_they_are()
    {
        var plan = Plan(new RetentionRule(days: 1), Good("a", 400), Good("proven", 300) with { IsProven = true }, Good("c", 250), Good("last", 200), Failed("f", 100));
        Told(plan, "last").ShouldBe(["newest_good"]);
        Told(plan, "proven").ShouldBe(["newest_proven"]);
        Told(plan, "f").ShouldBe(["newest_failure"]);
        Deleted(plan).ShouldBe("a c");
    }

    [Fact]
    public void A_hold_lasts_until_its_end()
    {
        var plan = Plan(Last1, Good("ended", 9) with { HoldUntil = A.Noon }, Good("held", 8) with { HoldUntil = A.Noon.AddSeconds(1) }, Failed("f", 50) with { HoldUntil = A.Noon.AddDays(1) }, Good("x", 1));
        Deleted(plan).ShouldBe("ended");
        Note(plan, "held").ShouldBe(new RetentionNote(RetentionReason.OnHold, "2026-11-21T12:00:01Z"));
        Told(plan, "f").ShouldBe(["on_hold"]);
    }

    [Fact]
    public void What_a_kept_one_depends_on_stays_to_the_end_of_the_chain()
    {
        var plan = Plan(Last1, Good("base", 9), Good("other", 8), Good("inc1", 7, "base"), Good("inc2", 6, "inc1"), Good("dead", 5, "base"), Good("inc3", 4, "inc2"));
        Told(plan, "base").ShouldBe(["needed_by"]);
        Note(plan, "base").About.ShouldBe("inc1");
        Note(plan, "inc2").Text.ShouldBe("backup inc3 needs it");
        Deleted(plan).ShouldBe("other dead");
    }

    [Fact]
    public void A_running_one_keeps_its_base()
    {
        var plan = Plan(Last1, Good("base", 9), Good("new", 1), new RetainedBackup("run", A.Noon, RetainedStatus.Running, DependsOn: "base"));
        Told(plan, "base").ShouldBe(["needed_by"]);
        Told(plan, "run").ShouldBe(["running"]);
    }

    [Fact]
    public void Nothing_goes_before_what_depends_on_it()
    {
        // A clock set back: "young" depends on a backup that began later.
        var plan = Plan(Last1, Good("base", 20), Good("inc1", 19, "base"), Good("inc2", 18, "inc1"), Good("young", 21, "inc2"), Good("alone", 17), Good("new", 1));
        Deleted(plan).ShouldBe("young inc2 inc1 base alone");
    }

    [Fact]
    public void A_ring_and_a_chain_without_its_beginning_end_too_and_the_newest_that_can_be_restored_stays()
    {
        var plan = Plan(new RetentionRule(count: 1), Good("whole", 9), Good("a", 8, "b"), Good("b", 7, "a"), Good("self", 6, "self"), Good("torn", 5, "gone"), Failed("f", 4), Good("on_f", 3, "f"));
        Told(plan, "whole").ShouldBe(["newest_good"]);
        Told(plan, "on_f").ShouldBe(["newest_good", "count"]);
        Told(plan, "f").ShouldBe(["needed_by", "recent_failure"]);
        Deleted(plan).ShouldBe("torn a b self");
    }

    [Fact]
    public void The_newest_proven_that_can_be_restored_stays_too()
    {
        var plan = Plan(Last1, Good("whole", 9) with { IsProven = true }, Good("torn", 5, "gone") with { IsProven = true }, Good("new", 1));
        Told(plan, "whole").ShouldBe(["newest_proven"]);
        Told(plan, "torn").ShouldBe(["newest_proven"]);
    }

    [Fact]
    public void A_failed_run_stays_some_days_and_the_newest_until_a_good_one_came()
    {
        var plan = Plan(new RetentionRule(count: 1, failedDays: 3), Failed("f1", 30), Good("g", 20), Failed("f2", 10), Failed("f3", 9), Failed("f4", 3));
        Told(plan, "f4").ShouldBe(["recent_failure", "newest_failure"]);
        Told(plan, "f3").ShouldBe(["old_failure"]);
        Deleted(plan).ShouldBe("f1 f2 f3");
        Deleted(Plan(Last1, Failed("f", 8), Good("g", 7))).ShouldBe("f");
        Deleted(Plan(Last1, Failed("f1", 9), Failed("f2", 8))).ShouldBe("f1", "all of them failed");
    }

    [Fact]
    public void A_backup_from_the_future_stays_and_takes_nobodys_place()
    {
        var plan = Plan(new RetentionRule(count: 1, yearly: 1), Good("real", 1), Good("future", -400) with { IsProven = true }, Failed("f", -1));
        Told(plan, "real").ShouldBe(["newest_good", "count", "yearly"]);
        Told(plan, "future").ShouldBe(["too_young"]);
        Told(plan, "f").ShouldBe(["too_young"]);
    }

    [Fact]
    public void What_is_younger_than_the_least_age_stays() =>
        Deleted(Plan(new RetentionRule(count: 1, minimumAgeHours: 24), Good("edge", 1), Good("young", 0.99), Good("new", 0.1))).ShouldBe("edge");

    [Fact]
    public void Equal_times_are_ordered_by_id()
    {
        var plan = Plan(Last1, Good("b", 1), Good("c", 1), Good("a", 1));
        plan.Decisions.Select(decision => decision.Backup.Id).ShouldBe(["c", "b", "a"]);
        Deleted(plan).ShouldBe("a b");
    }

    [Fact]
    public void An_id_that_is_there_twice_is_refused() =>
        Should.Throw<InvalidValueException>(() => Plan(Last1, Good("a", 1), Good("a", 2))).Code.ShouldBe("BACKUP_LISTED_TWICE");

    [Fact]
    public void An_unknown_zone_is_refused() =>
        Should.Throw<InvalidValueException>(() => RetentionPlan.Of(Last1, [], A.Noon, "Nowhere")).Field.ShouldBe("timeZone");

    [Fact]
    public void The_periods_are_the_zones()
    {
        // 15:00 and 17:00 UTC are two days in Shanghai and one in UTC.
        var (early, late, now) = (At("early", "2026-11-20T15:00Z"), At("late", "2026-11-20T17:00Z"), A.Noon);
        var rule = new RetentionRule(daily: 2);
        Deleted(RetentionPlan.Of(rule, [early, late], now, "UTC")).ShouldBe("early");
        var shanghai = RetentionPlan.Of(rule, [early, late], now, "Asia/Shanghai");
        shanghai.Deletions.ShouldBeEmpty();
        Note(shanghai, "early").ShouldBe(new RetentionNote(RetentionReason.Daily, "2026-11-20"));
        shanghai.Decisions[0].Notes.ShouldContain(new RetentionNote(RetentionReason.Daily, "2026-11-21"));
    }

    [Fact]
    public void Each_period_is_named()
    {
        // The first days of 2027 belong to the 53rd week of 2026.
        var plan = RetentionPlan.Of(new RetentionRule(hourly: 1, daily: 1, weekly: 1, monthly: 1, yearly: 1), [At("x", "2027-01-02T22:30Z")], A.Noon.AddYears(1), "Asia/Kolkata");
        plan.Decisions[0].Notes.Select(note => note.About).ShouldBe([null, "2027-01-03T04+05:30", "2027-01-03", "2026-W53", "2027-01", "2027"]);
    }

    [Fact]
    public void An_hour_that_comes_twice_is_two_hours_and_one_day()
    {
        RetainedBackup[] backups = [At("a", "2026-11-01T05:10Z"), At("b", "2026-11-01T05:50Z"), At("c", "2026-11-01T06:10Z"), At("d", "2026-11-01T07:10Z")];
        var plan = RetentionPlan.Of(new RetentionRule(hourly: 3, daily: 5), backups, A.Noon, "America/New_York");
        Deleted(plan).ShouldBe("a");
        Note(plan, "b").About.ShouldBe("2026-11-01T01-04:00");
        Note(plan, "c").About.ShouldBe("2026-11-01T01-05:00");
    }

    [Fact]
    public void A_clock_set_back_over_midnight_makes_no_day_twice()
    {
        // St. John's: 2008-11-02 00:01 became 2008-11-01 23:01.
        RetainedBackup[] backups = [At("evening", "2008-11-02T02:00Z"), At("blip", "2008-11-02T02:30:30Z"), At("again", "2008-11-02T03:00Z"), At("next", "2008-11-02T12:00Z")];
        var plan = RetentionPlan.Of(new RetentionRule(daily: 10), backups, A.Noon, "America/St_Johns");
        Deleted(plan).ShouldBe("evening blip");
    }

    [Fact]
    public void Data_protection_keeps_days_weeks_months_and_years_of_a_long_history()
    {
        var backups = Enumerable.Range(0, 3650).Select(day => Good(day.ToString("0000", CultureInfo.InvariantCulture), day)).ToArray();
        var plan = Plan(RetentionRule.Of(RetentionPreset.DataProtection), backups);
        int Count(RetentionReason reason) => plan.Decisions.Count(decision => decision.Has(reason));
        Count(RetentionReason.Daily).ShouldBe(30);
        Count(RetentionReason.Weekly).ShouldBe(12);
        Count(RetentionReason.Monthly).ShouldBe(12);
        Count(RetentionReason.Yearly).ShouldBe(7);
        // 12 weeks less the 5 in those days, 12 months less the 2 in them, 7 years less this one and the last, whose end is a month's.
        plan.Decisions.Count(decision => decision.IsKept).ShouldBe(30 + 7 + 10 + 5);
        plan.Decisions.Where(decision => decision.Has(RetentionReason.Yearly)).Select(decision => Date(decision.Backup)).ShouldBe(
            ["2026-11-21", "2025-12-31", "2024-12-31", "2023-12-31", "2022-12-31", "2021-12-31", "2020-12-31"]);
    }

    [Fact]
    public void A_pause_of_backups_costs_nothing()
    {
        var backups = Enumerable.Range(0, 10).Select(day => Good(day.ToString(CultureInfo.InvariantCulture), 500 + day)).ToArray();
        Plan(new RetentionRule(daily: 10), backups).Deletions.ShouldBeEmpty();
    }

    [Fact]
    public void The_ends_of_the_calendar_are_no_error()
    {
        RetainedBackup[] backups = [Good("a", 0) with { StartedAt = DateTimeOffset.MinValue }, Good("z", 0) with { StartedAt = DateTimeOffset.MaxValue }];
        var rule = new RetentionRule(1, RetentionRule.MaxDays, 1, 1, 1, 1, 1, RetentionRule.MaxDays, RetentionRule.MaxDays);
        foreach (var now in (DateTimeOffset[])[DateTimeOffset.MinValue, A.Noon, DateTimeOffset.MaxValue])
            foreach (var zone in (string[])["UTC", "America/New_York", "Pacific/Kiritimati"])
                RetentionPlan.Of(rule, backups, now, zone).Decisions.Count.ShouldBe(2);
    }

    private static RetentionPlan Plan(RetentionRule rule, params RetainedBackup[] backups) => RetentionPlan.Of(rule, backups, A.Noon, "UTC");

    private static RetainedBackup Good(string id, double daysAgo, string? dependsOn = null) => new(id, A.Noon.AddDays(-daysAgo), RetainedStatus.Good, DependsOn: dependsOn);

    private static RetainedBackup Failed(string id, double daysAgo) => new(id, A.Noon.AddDays(-daysAgo), RetainedStatus.Failed);

    private static RetainedBackup At(string id, string time) => new(id, DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), RetainedStatus.Good);

    private static string[] Told(RetentionPlan plan, string id) => [.. plan.Decisions.Single(decision => string.Equals(decision.Backup.Id, id, StringComparison.Ordinal)).Notes.Select(note => note.Word)];

    private static RetentionNote Note(RetentionPlan plan, string id) => plan.Decisions.Single(decision => string.Equals(decision.Backup.Id, id, StringComparison.Ordinal)).Notes[0];

    private static string Deleted(RetentionPlan plan) => string.Join(' ', plan.Deletions.Select(backup => backup.Id));

    private static string Date(RetainedBackup backup) => backup.StartedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
