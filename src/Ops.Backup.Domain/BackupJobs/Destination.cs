using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>
/// Where a backup goes, and whom it is encrypted to. All copies of a backup are the same bytes, so that each can repair each:
/// if one of its stores asks for encryption, every copy is encrypted, to the recipients of all of them.
/// </summary>
public sealed record Destination
{
    /// <exception cref="InvalidValueException">There is no store, or a recipient is none.</exception>
    public Destination(IEnumerable<Store> stores, IEnumerable<string> recipients)
    {
        Stores = [.. stores.DistinctBy(store => store.Id, StringComparer.Ordinal)];
        if (Stores.Count == 0) throw new InvalidValueException("STORES_MISSING", "stores", "A backup needs at least one store, and no store is a default one. Name one, or make one the default.");
        Recipients =
        [
            .. Stores.SelectMany(store => store.Recipients).Concat(recipients.Select(AgeRecipient.Parse))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
    }

    public IReadOnlyList<Store> Stores { get; }

    /// <summary>Public keys; none when it is not encrypted.</summary>
    public IReadOnlyList<string> Recipients { get; }

    public BackupMode Mode => ModeOf(Stores.Select(store => store.Kind));

    /// <summary>Equal for equal destinations.</summary>
    public string Key => string.Join(',', Stores.Select(store => store.Id).Order(StringComparer.Ordinal)) + '|' + string.Join(',', Recipients);

    /// <summary>S2's word: <c>oss</c> stands for every store that is not this machine's disk.</summary>
    public static BackupMode ModeOf(IEnumerable<StoreKind> kinds)
    {
        var (local, remote) = (false, false);
        foreach (var kind in kinds) (local, remote) = (local || kind is StoreKind.Local, remote || kind is not StoreKind.Local);
        return (local, remote) switch { (true, true) => BackupMode.Both, (false, true) => BackupMode.Oss, _ => BackupMode.Local };
    }
}
