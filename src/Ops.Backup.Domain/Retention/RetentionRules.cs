namespace Ops.Backup.Domain.Retention;

/// <summary>What a config keeps: one rule for all of its stores, and own rules for some of them.</summary>
/// <param name="Default">Null keeps everything where a store has no rule of its own.</param>
public sealed record RetentionRules(RetentionRule? Default, IReadOnlyDictionary<string, RetentionRule> Own)
{
    /// <summary>Null keeps everything.</summary>
    public RetentionRule? Of(string storeId) => Own.GetValueOrDefault(storeId) ?? Default;

    /// <summary>For runs that left nothing, which are in no store: of several rules the one that keeps failures longest.</summary>
    public RetentionRule? OfFailures => Default ?? Own.Values.MaxBy(rule => rule.FailedDays);
}
