namespace Ops.Backup.Domain.Retention;

/// <summary>A finished or unfinished run of a config, and where copies of it are good.</summary>
/// <param name="Copies">Good copies only; none for a run that failed or is under way.</param>
public sealed record StoredBackup(
    string Id, DateTimeOffset StartedAt, RetainedStatus Status, bool IsProven, DateTimeOffset? HoldUntil, IReadOnlyList<GoodCopy> Copies)
    : RetainedBackup(Id, StartedAt, Status, IsProven, HoldUntil)
{
    public GoodCopy? In(string storeId)
    {
        foreach (var copy in Copies)
            if (string.Equals(copy.StoreId, storeId, StringComparison.Ordinal)) return copy;
        return null;
    }
}

/// <param name="SizeBytes">The dump's.</param>
public readonly record struct GoodCopy(string StoreId, long SizeBytes);
