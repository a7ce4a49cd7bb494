using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Retention;

/// <summary>Tells of a plan with at most so many backups a list: a config may have a hundred thousand.</summary>
internal sealed class PreviewWriter(IReadOnlyList<Store> stores, int limit)
{
    private readonly Dictionary<string, string> _names = stores.ToDictionary(store => store.Id, store => store.Name, StringComparer.Ordinal);

    public RetentionPreview Write(BackupConfig config, RetentionRules rules, ConfigBackups history, ConfigPlan plan)
    {
        var plans = plan.Stores.Select(PlanOf).ToList();
        var failures = rules.OfFailures is { } rule ? Side([], rule, plan.Failures, deletions: null) : null;
        return new RetentionPreview(
            config.Id, config.Name, history.Now, config.TimeZone,
            DeletedWhole(plan) + (failures?.Goes.Count ?? 0), plans.Sum(side => side.Goes.Bytes * side.Stores.Count), plans, Unlimited(config, rules, history.Backups), failures);
    }

    private PlanPreview PlanOf(StorePlan plan) => Side(plan.StoreIds, plan.Rule, plan.Plan.Decisions, plan.Plan.Deletions);

    private PlanPreview Side(IReadOnlyList<string> storeIds, RetentionRule rule, IReadOnlyList<RetentionDecision> decisions, IReadOnlyList<RetainedBackup>? deletions)
    {
        var going = decisions.Where(decision => !decision.IsKept).ToList();
        var shown = going.AsEnumerable().Reverse();
        if (deletions is not null)
        {
            // In the order of deletion, which is not always that of age.
            var first = deletions.Take(limit).ToList();
            var wanted = first.ToHashSet(ReferenceEqualityComparer.Instance);
            var found = going.Where(decision => wanted.Contains(decision.Backup)).ToDictionary(decision => decision.Backup.Id, StringComparer.Ordinal);
            shown = first.Select(backup => found[backup.Id]);
        }
        var staying = decisions.Where(decision => decision.IsKept).ToList();
        return new PlanPreview(
            [.. storeIds.Select(NameOf).Order(StringComparer.Ordinal)], RetentionForm.Of(rule)!, Summary(going, shown, storeIds), Summary(staying, staying, storeIds));
    }

    private PlanSide Summary(List<RetentionDecision> all, IEnumerable<RetentionDecision> shown, IReadOnlyList<string> storeIds) => new(
        all.Count,
        all.Sum(decision => SizeOf(decision.Backup, storeIds)),
        all.SelectMany(decision => decision.Notes).CountBy(note => note.Reason).ToDictionary(reason => Words.Of(reason.Key), reason => reason.Value, StringComparer.Ordinal),
        [.. shown.Take(limit).Select(decision => new PlannedBackup(
            decision.Backup.Id, decision.Backup.StartedAt, SizeOf(decision.Backup, storeIds), [.. decision.Notes.Select(note => new ReasonView(note.Word, note.Text))]))]);

    private static long SizeOf(RetainedBackup backup, IReadOnlyList<string> storeIds) =>
        storeIds is [var store, ..] && ((StoredBackup)backup).In(store) is { } copy ? copy.SizeBytes : 0;

    // Gone from every store where it was good.
    private static int DeletedWhole(ConfigPlan plan)
    {
        var stores = new Dictionary<string, int>(StringComparer.Ordinal);
        var whole = 0;
        foreach (var store in plan.Stores)
            foreach (var backup in store.Plan.Deletions)
            {
                var left = stores.GetValueOrDefault(backup.Id, ((StoredBackup)backup).Copies.Count) - store.StoreIds.Count;
                stores[backup.Id] = left;
                if (left == 0) whole++;
            }
        return whole;
    }

    private List<string> Unlimited(BackupConfig config, RetentionRules rules, IReadOnlyList<StoredBackup> backups) =>
        [.. backups.SelectMany(backup => backup.Copies).Select(copy => copy.StoreId).Concat(config.Stores.Select(store => store.StoreId))
            .Distinct(StringComparer.Ordinal).Where(id => rules.Of(id) is null).Select(NameOf).Order(StringComparer.Ordinal)];

    private string NameOf(string storeId) => _names.GetValueOrDefault(storeId, storeId);
}
