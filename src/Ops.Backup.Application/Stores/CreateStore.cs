using System.Text.Json;
using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>A place for copies of backups.</summary>
/// <param name="Name" example="second-disk">What people call it; unique, at most 100 characters.</param>
/// <param name="Kind" example="local">local, oss, s3 or rclone; it can't be changed later.</param>
/// <param name="Settings" example="{&quot;folder&quot;:&quot;/var/tmp/ops-backup-copies&quot;}">The keys of its kind; docs/stores.md lists them.</param>
/// <param name="Credentials" example="{}">Stored encrypted, never shown. oss and s3 need accessKeyId and accessKeySecret; rclone may have rcloneConfig; local has none.</param>
/// <param name="Recipients" example="[]">Public keys of age (age1…); backups that go here are encrypted to them.</param>
/// <param name="BytesPerSecond" example="0">What one backup may send; 0 or left out for no limit.</param>
/// <param name="IsDefault" example="false">Whether backups that name no store go here.</param>
/// <param name="MaxConcurrent" example="0">Backups that may write into it at once; 0 or left out for any number.</param>
public sealed record CreateStore(
    string? Name, string? Kind, JsonElement? Settings, StoreCredentials? Credentials, IReadOnlyList<string>? Recipients, long? BytesPerSecond, bool? IsDefault, int? MaxConcurrent = null) : IRequest<StoreView>;

public sealed class CreateStoreHandler(IStores stores, ISecrets secrets, TimeProvider time) : IRequestHandler<CreateStore, StoreView>
{
    public async Task<StoreView> Handle(CreateStore request, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(request.Kind)) throw new InvalidValueException("VALUE_MISSING", "kind", $"kind is empty; it is one of {string.Join(", ", Words.All<StoreKind>())}.");
        var kind = Words.Parse<StoreKind>(request.Kind, "kind");
        var settings = SettingsForm.Read(kind, request.Settings ?? throw new InvalidValueException("VALUE_MISSING", "settings", "settings is missing."), current: null);
        var facts = new StoreFacts(request.Name ?? "", settings, request.Recipients ?? [], request.BytesPerSecond is 0 ? null : request.BytesPerSecond, request.IsDefault ?? false,
            request.MaxConcurrent is 0 ? null : request.MaxConcurrent);
        var credentials = CredentialRules.Check(request.Credentials ?? new StoreCredentials(), kind);
        var store = Store.Create(facts, secrets.Lock(credentials), isConfigured: false, time.GetUtcNow());
        await stores.AddAsync(store, cancellationToken);
        return StoreView.Of(store, secrets);
    }
}
