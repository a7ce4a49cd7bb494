using Ops.Backup.Domain.Retention;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Retention;

public sealed class RetentionRuleTests
{
    [Fact]
    public void A_rule_that_keeps_nothing_is_refused()
    {
        var refusal = Should.Throw<InvalidValueException>(() => new RetentionRule(failedDays: 30, minimumAgeHours: 24));
        refusal.Code.ShouldBe("RETENTION_KEEPS_NOTHING");
        refusal.Field.ShouldBe("retention");
    }

    [Fact]
    public void A_number_out_of_range_is_refused_and_its_field_is_named()
    {
        var numbers = new Dictionary<string, Func<int, RetentionRule>>(StringComparer.Ordinal)
        {
            ["count"] = value => new RetentionRule(count: value),
            ["days"] = value => new RetentionRule(days: value),
            ["hourly"] = value => new RetentionRule(hourly: value),
            ["daily"] = value => new RetentionRule(daily: value),
            ["weekly"] = value => new RetentionRule(weekly: value),
            ["monthly"] = value => new RetentionRule(monthly: value),
            ["yearly"] = value => new RetentionRule(yearly: value),
            ["failedDays"] = value => new RetentionRule(count: 1, failedDays: value),
            ["minimumAgeHours"] = value => new RetentionRule(count: 1, minimumAgeHours: value),
        };
        foreach (var (field, rule) in numbers)
        {
            Should.NotThrow(() => rule(1));
            foreach (var value in (int[])[-1, int.MinValue, int.MaxValue])
            {
                var refusal = Should.Throw<InvalidValueException>(() => rule(value));
                (refusal.Code, refusal.Field).ShouldBe(("RETENTION_OUT_OF_RANGE", field));
            }
        }
    }

    [Fact]
    public void The_presets_are_what_they_are_named()
    {
        Words.All<RetentionPreset>().ShouldBe(["last7", "days30", "data_protection"]);
        RetentionRule.Of(RetentionPreset.Last7).ShouldBe(new RetentionRule(count: 7));
        RetentionRule.Of(RetentionPreset.Days30).ShouldBe(new RetentionRule(days: 30));
        RetentionRule.Of(RetentionPreset.DataProtection).ShouldBe(new RetentionRule(daily: 30, weekly: 12, monthly: 12, yearly: 7));
        Should.Throw<ArgumentOutOfRangeException>(() => RetentionRule.Of((RetentionPreset)99));
    }

    [Fact]
    public void The_words_of_the_reasons_are_the_contracts() => Words.All<RetentionReason>().ShouldBe(
    [
        "running", "too_young", "on_hold", "newest_good", "newest_proven", "needed_by", "count", "age", "hourly", "daily", "weekly", "monthly",
        "yearly", "recent_failure", "newest_failure", "not_kept", "old_failure",
    ]);

    [Fact]
    public void Every_reason_has_a_text_of_its_own()
    {
        var texts = Enum.GetValues<RetentionReason>().Select(reason => new RetentionNote(reason, "X").Text).ToList();
        texts.ShouldBeUnique();
        texts.ShouldAllBe(text => text.Length > 10);
        new RetentionNote(RetentionReason.Daily, "2026-11-21").Text.ShouldBe("it stands for the day 2026-11-21");
    }
}
