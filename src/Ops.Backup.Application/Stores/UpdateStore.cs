using System.Text.Json;
using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>What is null stays.</summary>
/// <param name="Kind">Null, or what it is already.</param>
/// <param name="Settings">Only the keys that are to change; a key with null is as if it had never been given.</param>
/// <param name="Credentials">A part that is null stays, one that is empty is removed.</param>
/// <param name="BytesPerSecond">0 takes the limit away.</param>
/// <param name="MaxConcurrent">Likewise.</param>
public sealed record UpdateStore(
    string Id, string? Name, string? Kind, JsonElement? Settings, StoreCredentials? Credentials, IReadOnlyList<string>? Recipients, long? BytesPerSecond, bool? IsDefault,
    int? MaxConcurrent = null)
    : IRequest<StoreView>;

public sealed class UpdateStoreHandler(IStores stores, IStoreUsage usage, ISecrets secrets, TimeProvider time) : IRequestHandler<UpdateStore, StoreView>
{
    public async Task<StoreView> Handle(UpdateStore request, CancellationToken cancellationToken)
    {
        var store = await stores.GetAsync(request.Id, cancellationToken);
        if (store.IsConfigured) throw StoreErrors.Configured(store);
        if (request.Kind is { } kind && Words.Parse<StoreKind>(kind, "kind") != store.Kind)
            throw new InvalidValueException("KIND_FIXED", "kind", $"Store {store.Name} is of kind {Words.Of(store.Kind)}, and that can't be changed; make another store.");
        var settings = request.Settings is { } form ? SettingsForm.Read(store.Kind, form, store.Settings) : store.Settings;
        var (limit, together) = (request.BytesPerSecond ?? store.BytesPerSecond, request.MaxConcurrent ?? store.MaxConcurrent);
        store.Change(
            new StoreFacts(request.Name ?? store.Name, settings, request.Recipients ?? store.Recipients, limit is 0 ? null : limit, request.IsDefault ?? store.IsDefault, together is 0 ? null : together),
            time.GetUtcNow());
        if (request.Credentials is { } given)
            store.ChangeCredentials(secrets.Lock(CredentialRules.Check(Merge(given, store), store.Kind)), time.GetUtcNow());
        await stores.SaveAsync(store, cancellationToken);
        return StoreView.Of(store, secrets, (await usage.NewestAsync(cancellationToken)).GetValueOrDefault(store.Id));
    }

    // Credentials that can't be decrypted any more can be replaced, not added to.
    private StoreCredentials Merge(StoreCredentials given, Store store)
    {
        try
        {
            var old = secrets.CredentialsOf(store);
            return new StoreCredentials(
                given.AccessKeyId ?? old.AccessKeyId, given.AccessKeySecret ?? old.AccessKeySecret, given.SecurityToken ?? old.SecurityToken, given.RcloneConfig ?? old.RcloneConfig);
        }
        catch (SecretUnreadableException)
        {
            return given;
        }
    }
}
