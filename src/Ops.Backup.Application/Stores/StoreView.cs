using System.Text.Json;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>A store as it is shown: credentials never come back, only whether there are any.</summary>
/// <param name="Id" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2a77">A UUID; everywhere the name does as well.</param>
/// <param name="Name" example="second-disk">Unique.</param>
/// <param name="Kind" example="local">local, oss, s3 or rclone.</param>
/// <param name="Settings" example="{&quot;folder&quot;:&quot;/var/tmp/ops-backup-copies&quot;}">The keys of its kind, with those that were left out.</param>
/// <param name="HasCredentials" example="false">Whether any are stored.</param>
/// <param name="AccessKeyId" example="null">The first four characters, to tell keys apart; null where there is none, or it can't be decrypted.</param>
/// <param name="Recipients" example="[]">Public keys of age that backups are encrypted to.</param>
/// <param name="BytesPerSecond" example="null">What one backup may send; null for no limit.</param>
/// <param name="MaxConcurrent" example="null">Backups that may write into it at once; null for any number.</param>
/// <param name="IsDefault" example="false">Whether backups that name no store go here.</param>
/// <param name="IsConfigured" example="false">Defined by the service's configuration; it can't be changed here.</param>
/// <param name="UsedBytes" example="1073741824">What the backups in it take, when it was measured last; null before the first time.</param>
/// <param name="FreeBytes" example="53687091200">Of its disk, on this node where it is a local one; null where the kind of store can't tell.</param>
/// <param name="TotalBytes" example="107374182400">Likewise.</param>
/// <param name="MeasuredAt" example="2026-11-21T03:00:00Z">UTC; about every 10 minutes.</param>
/// <param name="CreatedAt" example="2026-11-21T03:00:00Z">UTC.</param>
/// <param name="UpdatedAt" example="2026-11-21T03:00:00Z">UTC.</param>
public sealed record StoreView(
    string Id, string Name, StoreKind Kind, JsonElement Settings, bool HasCredentials, string? AccessKeyId, IReadOnlyList<string> Recipients, long? BytesPerSecond,
    int? MaxConcurrent, bool IsDefault, bool IsConfigured, long? UsedBytes, long? FreeBytes, long? TotalBytes, DateTimeOffset? MeasuredAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    private const int Shown = 4;

    public static StoreView Of(Store store, ISecrets secrets, StoreMeasure? measure = null) => new(
        store.Id, store.Name, store.Kind, SettingsForm.Of(store.Settings), store.EncryptedCredentials is not null, KeyIdOf(store, secrets), store.Recipients, store.BytesPerSecond,
        store.MaxConcurrent, store.IsDefault, store.IsConfigured, measure?.UsedBytes, measure?.FreeBytes, measure?.TotalBytes, measure?.MeasuredAt, store.CreatedAt, store.UpdatedAt);

    // Of a short one four characters would be too much of it.
    private static string? KeyIdOf(Store store, ISecrets secrets)
    {
        try
        {
            return secrets.CredentialsOf(store).AccessKeyId is { } id ? (id.Length >= 2 * Shown ? id[..Shown] : "") + "…" : null;
        }
        catch (SecretUnreadableException)
        {
            return null;
        }
    }
}
