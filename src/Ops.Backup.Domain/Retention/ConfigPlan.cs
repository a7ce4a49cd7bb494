namespace Ops.Backup.Domain.Retention;

/// <summary>
/// What of a config's backups stays and goes. Each store has its own plan, over the backups that have a good copy there, so that what is
/// kept whatever the rule says is kept in every store. Stores with one rule and the same backups share a plan.
/// </summary>
public sealed class ConfigPlan
{
    private ConfigPlan(IReadOnlyList<StorePlan> stores, IReadOnlyList<RetentionDecision> failures) => (Stores, Failures) = (stores, failures);

    /// <summary>Only of stores that have a rule.</summary>
    public IReadOnlyList<StorePlan> Stores { get; }

    /// <summary>Runs that left nothing, newest first. None when no rule says how long they stay.</summary>
    public IReadOnlyList<RetentionDecision> Failures { get; }

    /// <param name="zoneId">The zone whose days, weeks, months and years count.</param>
    /// <exception cref="InvalidValueException">The zone is unknown, or an id is there twice.</exception>
    public static ConfigPlan Of(RetentionRules rules, IReadOnlyList<StoredBackup> backups, DateTimeOffset now, string zoneId)
    {
        var groups = Stored(rules, backups).Select(stored => Planned(stored, now, zoneId)).ToList();
        return new ConfigPlan(groups, FailuresOf(rules, backups, now, zoneId));
    }

    private sealed record Group(RetentionRule Rule, List<string> StoreIds, List<StoredBackup> Backups);

    private static List<Group> Stored(RetentionRules rules, IReadOnlyList<StoredBackup> backups)
    {
        var byStore = new SortedDictionary<string, Group>(StringComparer.Ordinal);
        foreach (var backup in backups)
            foreach (var copy in backup.Copies)
            {
                if (byStore.TryGetValue(copy.StoreId, out var known)) known.Backups.Add(backup);
                else if (rules.Of(copy.StoreId) is { } rule) byStore[copy.StoreId] = new Group(rule, [copy.StoreId], [backup]);
            }
        var groups = new List<Group>();
        foreach (var group in byStore.Values)
        {
            var equal = groups.Find(other => other.Rule == group.Rule && other.Backups.SequenceEqual(group.Backups, ReferenceEqualityComparer.Instance));
            if (equal is null) groups.Add(group);
            else equal.StoreIds.AddRange(group.StoreIds);
        }
        return groups;
    }

    private static StorePlan Planned(Group group, DateTimeOffset now, string zoneId) =>
        new(group.StoreIds, group.Rule, RetentionPlan.Of(group.Rule, group.Backups, now, zoneId));

    // Whether a failure is the last word depends on the good ones, wherever they are.
    private static List<RetentionDecision> FailuresOf(RetentionRules rules, IReadOnlyList<StoredBackup> backups, DateTimeOffset now, string zoneId) =>
        rules.OfFailures is not { } rule || backups.All(backup => backup.Status is RetainedStatus.Good) ? []
            : [.. RetentionPlan.Of(rule, backups, now, zoneId).Decisions.Where(decision => decision.Backup.Status is not RetainedStatus.Good)];
}

/// <param name="StoreIds">The stores that it is for.</param>
/// <param name="Plan">Of backups that are <see cref="StoredBackup"/>s.</param>
public sealed record StorePlan(IReadOnlyList<string> StoreIds, RetentionRule Rule, RetentionPlan Plan);
