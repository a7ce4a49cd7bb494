using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Retention;

/// <summary>What the rules of a config, or others, would delete now, and why the rest stays. Nothing is changed.</summary>
/// <param name="Config" example="nightly">The config's name or id.</param>
/// <param name="Retention">A rule to try instead of the config's; left out: the config's own.</param>
/// <param name="Stores">Rules to try for some of its stores instead of theirs; left out: their own.</param>
/// <param name="Limit" example="100">How many backups of each list are shown, 1 to 1000; 100 when left out. The counts are of all.</param>
public sealed record PreviewRetention(string? Config, RetentionForm? Retention = null, IReadOnlyList<StoreRuleForm>? Stores = null, int? Limit = null) : IRequest<RetentionPreview>;

/// <param name="Store" example="offsite">The store's name or id.</param>
/// <param name="Retention">Its rule; null for that of the config.</param>
public sealed record StoreRuleForm(string? Store, RetentionForm? Retention);

public sealed class PreviewRetentionHandler(IConfigs configs, IRetention retention, IStores stores) : IRequestHandler<PreviewRetention, RetentionPreview>
{
    private const int MostShown = 1000;

    public async Task<RetentionPreview> Handle(PreviewRetention request, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Config)) throw new InvalidValueException("VALUE_MISSING", "config", "config is empty.");
        var limit = request.Limit ?? 100;
        if (limit is < 1 or > MostShown) throw new InvalidValueException("VALUE_OUT_OF_RANGE", "limit", $"limit is {limit}; it goes from 1 to {MostShown}.");
        var config = await configs.GetAsync(request.Config, cancellationToken);
        var known = await stores.ListAsync(cancellationToken);
        var history = await retention.ReadAsync(config.Id, cancellationToken);
        var rules = RulesOf(request, config, known, history.Backups);
        var plan = ConfigPlan.Of(rules, history.Backups, history.Now, config.TimeZone);
        return new PreviewWriter(known, limit).Write(config, rules, history, plan);
    }

    private static RetentionRules RulesOf(PreviewRetention request, BackupConfig config, IReadOnlyList<Store> known, IReadOnlyList<StoredBackup> backups)
    {
        var rules = config.RetentionRules;
        var own = new Dictionary<string, RetentionRule>(rules.Own, StringComparer.Ordinal);
        foreach (var (form, number) in (request.Stores ?? []).Select((form, number) => (form, number)))
        {
            var store = StoreOf(form.Store, $"stores[{number}].store", config, known, backups);
            if (form.Retention is null) own.Remove(store.Id);
            else own[store.Id] = Read(form.Retention, $"stores[{number}].");
        }
        return new RetentionRules(request.Retention is { } rule ? Read(rule, "") : rules.Default, own);
    }

    private static RetentionRule Read(RetentionForm form, string place)
    {
        try
        {
            return form.Read();
        }
        catch (InvalidValueException e)
        {
            var field = string.Equals(e.Field, "retention", StringComparison.Ordinal) ? e.Field : $"retention.{e.Field}";
            throw new InvalidValueException(e.Code, place + field, e.Message);
        }
    }

    private static Store StoreOf(string? nameOrId, string field, BackupConfig config, IReadOnlyList<Store> known, IReadOnlyList<StoredBackup> backups)
    {
        if (string.IsNullOrWhiteSpace(nameOrId)) throw new InvalidValueException("VALUE_MISSING", field, $"{field} is empty.");
        var store = known.FirstOrDefault(store => string.Equals(store.Id, nameOrId, StringComparison.Ordinal))
            ?? known.FirstOrDefault(store => string.Equals(store.Name, nameOrId, StringComparison.Ordinal));
        return store is not null && IsOf(store, config, backups) ? store
            : throw new InvalidValueException("STORE_NOT_OF_CONFIG", field, $"No backups of config {config.Name} are, or go, to a store '{nameOrId}'.");
    }

    private static bool IsOf(Store store, BackupConfig config, IReadOnlyList<StoredBackup> backups) =>
        config.Stores.Any(own => string.Equals(own.StoreId, store.Id, StringComparison.Ordinal))
        || (config.Stores.Count == 0 && store.IsDefault)
        || backups.Any(backup => backup.In(store.Id) is not null);
}
