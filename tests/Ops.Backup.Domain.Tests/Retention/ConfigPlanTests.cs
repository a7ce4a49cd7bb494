using Ops.Backup.Domain.Retention;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Retention;

/// <summary>Each store keeps by its rule what is there.</summary>
public sealed class ConfigPlanTests
{
    private static readonly Dictionary<string, RetentionRule> NoOwn = new(StringComparer.Ordinal);

    [Fact]
    public void Stores_with_one_rule_and_the_same_backups_share_a_plan()
    {
        var plan = ConfigPlan.Of(new RetentionRules(new RetentionRule(count: 1), NoOwn), [Good("new", 1, "a", "b"), Good("old", 2, "a", "b")], A.Noon, "UTC");
        plan.Stores.ShouldHaveSingleItem().StoreIds.ShouldBe(["a", "b"]);
        plan.Stores[0].Plan.Deletions.Select(backup => backup.Id).ShouldBe(["old"]);
    }

    [Fact]
    public void A_store_that_lacks_the_newest_backup_keeps_its_own_newest()
    {
        var plan = ConfigPlan.Of(new RetentionRules(new RetentionRule(count: 1), NoOwn), [Good("new", 1, "a"), Good("old", 2, "a", "b")], A.Noon, "UTC");
        Deleted(plan, "a").ShouldBe(["old"]);
        Deleted(plan, "b").ShouldBeEmpty();
    }

    [Fact]
    public void A_store_s_own_rule_counts_there_and_a_store_without_any_rule_keeps_everything()
    {
        var own = new Dictionary<string, RetentionRule>(StringComparer.Ordinal) { ["a"] = new(count: 2) };
        StoredBackup[] backups = [Good("1", 1, "a", "b"), Good("2", 2, "a", "b"), Good("3", 3, "a", "b")];
        var plan = ConfigPlan.Of(new RetentionRules(Default: null, own), backups, A.Noon, "UTC");
        plan.Stores.ShouldHaveSingleItem().StoreIds.ShouldBe(["a"]);
        Deleted(plan, "a").ShouldBe(["3"]);
        Deleted(ConfigPlan.Of(new RetentionRules(new RetentionRule(count: 1), own), backups, A.Noon, "UTC"), "b").ShouldBe(["3", "2"]);
    }

    [Fact]
    public void Failures_go_by_the_config_s_rule_or_by_the_most_patient_of_its_stores()
    {
        StoredBackup[] backups = [Good("good", 1, "a"), Failed("recent", 8), Failed("old", 12)];
        var own = new Dictionary<string, RetentionRule>(StringComparer.Ordinal) { ["a"] = new(count: 1, failedDays: 3), ["b"] = new(count: 1, failedDays: 10) };
        Gone(new RetentionRules(Default: null, own)).ShouldBe(["old"]);
        Gone(new RetentionRules(new RetentionRule(count: 1), own)).ShouldBe(["recent", "old"]);
        Gone(new RetentionRules(Default: null, NoOwn)).ShouldBeEmpty();

        IEnumerable<string> Gone(RetentionRules rules) => ConfigPlan.Of(rules, backups, A.Noon, "UTC").Failures.Where(decision => !decision.IsKept).Select(decision => decision.Backup.Id);
    }

    [Fact]
    public void The_last_failure_stays_while_no_good_backup_came_after_it()
    {
        var plan = ConfigPlan.Of(new RetentionRules(new RetentionRule(count: 1), NoOwn), [Failed("last", 50), Failed("before", 60), Good("good", 70, "a")], A.Noon, "UTC");
        plan.Failures.Where(decision => !decision.IsKept).Select(decision => decision.Backup.Id).ShouldBe(["before"]);
        plan.Failures[0].Has(RetentionReason.NewestFailure).ShouldBeTrue();
    }

    private static IEnumerable<string> Deleted(ConfigPlan plan, string store) => plan.Stores.Single(one => one.StoreIds.Contains(store)).Plan.Deletions.Select(backup => backup.Id);

    private static StoredBackup Good(string id, int daysAgo, params string[] stores) =>
        new(id, A.Noon.AddDays(-daysAgo), RetainedStatus.Good, IsProven: false, HoldUntil: null, [.. stores.Select(store => new GoodCopy(store, 10))]);

    private static StoredBackup Failed(string id, int daysAgo) => new(id, A.Noon.AddDays(-daysAgo), RetainedStatus.Failed, IsProven: false, HoldUntil: null, []);
}
