using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Retention;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Schedules;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Configs;

/// <summary>Between what people write and the aggregate: names become the sources and stores that they mean, and back.</summary>
public sealed class ConfigForms(ISources sources, IStores stores)
{
    private const int MaxStores = 20;

    /// <exception cref="DomainException">A value can't be, or there is no such source or store.</exception>
    public async Task<ConfigFacts> ReadAsync(ConfigForm form, CancellationToken cancellationToken)
    {
        var zone = form.TimeZone ?? "UTC";
        var spec = new BackupSpec(
            form.Type is null ? BackupType.Full : Words.Parse<BackupType>(form.Type, "type"),
            form.Format is null ? BackupFormat.Custom : Words.Parse<BackupFormat>(form.Format, "format"),
            form.Jobs ?? 1,
            form.Compression is null ? Domain.BackupJobs.Compression.Default : Domain.BackupJobs.Compression.Parse(form.Compression),
            form.IncludeGlobals ?? true);
        var policy = new RunPolicy(form.Priority ?? 0, form.TimeLimitSeconds, form.Retries ?? 0, form.RetryDelaySeconds ?? RunPolicy.DefaultRetryDelaySeconds, form.Node, form.Label);
        if (string.IsNullOrEmpty(form.Source)) throw new InvalidValueException("VALUE_MISSING", "source", "source is empty; it is a source's name or id.");
        var source = await sources.GetAsync(form.Source, cancellationToken);
        var chosen = await StoresAsync(form.Stores ?? [], cancellationToken);
        var to = chosen.Count > 0 ? chosen.ConvertAll(store => store.Store) : [.. (await stores.ListAsync(cancellationToken)).Where(store => store.IsDefault)];
        // Refuses recipients that are none, and a config that has nowhere to go.
        _ = new Destination(to, form.Recipients ?? []);
        return new ConfigFacts(
            form.Name ?? "", source.Id, spec, chosen.ConvertAll(store => new ConfigStore(store.Store.Id, store.Form.Retention?.Read())), form.Recipients ?? [],
            ScheduleOf(form, zone), zone, form.Retention?.Read(), policy, string.IsNullOrEmpty(form.PathTemplate) ? null : form.PathTemplate,
            DescriptionTemplate.Parse(form.DescriptionTemplate), form.Enabled ?? true);
    }

    /// <summary>As it would be written: names, not ids, and what is the default left out where that says no less.</summary>
    public async Task<ConfigForm> OfAsync(BackupConfig config, CancellationToken cancellationToken) =>
        Of(config, (await sources.GetAsync(config.SourceId, cancellationToken)).Name, (await stores.ListAsync(cancellationToken)).ToDictionary(store => store.Id, store => store.Name, StringComparer.Ordinal));

    public async Task<ConfigView> ViewAsync(IConfigs configs, BackupConfig config, CancellationToken cancellationToken) => (await ViewsAsync(configs, [config], cancellationToken))[0];

    public async Task<IReadOnlyList<ConfigView>> ViewsAsync(IConfigs configs, IReadOnlyList<BackupConfig> shown, CancellationToken cancellationToken)
    {
        var sourceNames = (await sources.ListAsync(cancellationToken)).ToDictionary(source => source.Id, source => source.Name, StringComparer.Ordinal);
        var storeNames = (await stores.ListAsync(cancellationToken)).ToDictionary(store => store.Id, store => store.Name, StringComparer.Ordinal);
        var newest = await configs.NewestBackupsAsync([.. shown.Select(config => config.Id)], cancellationToken);
        return [.. shown.Select(config => ConfigView.Of(config, Of(config, sourceNames.GetValueOrDefault(config.SourceId, config.SourceId), storeNames), newest.GetValueOrDefault(config.Id)))];
    }

    public static ConfigForm Of(BackupConfig config, string source, IReadOnlyDictionary<string, string> storeNames)
    {
        var (schedule, policy) = (config.Schedule, config.Policy);
        return new ConfigForm
        {
            Name = config.Name,
            Source = source,
            Type = Words.Of(config.Spec.Type),
            Format = Words.Of(config.Spec.Format),
            Jobs = config.Spec.Jobs,
            Compression = config.Spec.Compression.ToString(),
            IncludeGlobals = config.Spec.IncludeGlobals,
            Stores = config.Stores.Count == 0 ? null : [.. config.Stores.Select(store => new ConfigStoreForm(storeNames.GetValueOrDefault(store.StoreId, store.StoreId), RetentionForm.Of(store.Retention)))],
            Recipients = config.Recipients,
            Schedule = schedule?.Schedule.Text,
            TimeZone = config.TimeZone,
            JitterSeconds = schedule?.JitterSeconds,
            Windows = schedule is null ? null : [.. schedule.Windows.Select(WindowForm.Of)],
            RunMissed = schedule?.RunMissed,
            WhenBusy = schedule is null ? null : Words.Of(schedule.WhenBusy),
            Retention = RetentionForm.Of(config.Retention),
            TimeLimitSeconds = policy.TimeLimitSeconds,
            Retries = policy.Retries,
            RetryDelaySeconds = policy.RetryDelaySeconds,
            Priority = policy.Priority,
            Node = policy.Node,
            Label = policy.Label,
            PathTemplate = config.PathTemplate,
            DescriptionTemplate = config.Description.Text,
            Enabled = config.Enabled,
        };
    }

    // What belongs to a schedule is looked at also where there is none, so that a mistake does not wait for the day on which one comes.
    private static ConfigSchedule? ScheduleOf(ConfigForm form, string zone)
    {
        var whenBusy = form.WhenBusy is null ? WhenBusy.Wait : Words.Parse<WhenBusy>(form.WhenBusy, "whenBusy");
        var schedule = new ConfigSchedule(
            Schedule.Parse(string.IsNullOrEmpty(form.Schedule) ? "@daily" : form.Schedule, zone), form.JitterSeconds ?? 0, [.. (form.Windows ?? []).Select(window => window.Read(zone))],
            form.RunMissed ?? true, whenBusy);
        return string.IsNullOrEmpty(form.Schedule) ? null : schedule;
    }

    private async Task<List<(Store Store, ConfigStoreForm Form)>> StoresAsync(IReadOnlyList<ConfigStoreForm> forms, CancellationToken cancellationToken)
    {
        if (forms.Count > MaxStores) throw new InvalidValueException("STORES_INVALID", "stores", $"stores has {forms.Count} entries; at most {MaxStores}.");
        var chosen = new List<(Store, ConfigStoreForm)>();
        foreach (var form in forms)
        {
            if (string.IsNullOrEmpty(form?.Store)) throw new InvalidValueException("STORES_INVALID", "stores", "An entry of stores has no store; each is a name or id.");
            chosen.Add((await stores.GetAsync(form.Store, cancellationToken), form));
        }
        return chosen;
    }
}
