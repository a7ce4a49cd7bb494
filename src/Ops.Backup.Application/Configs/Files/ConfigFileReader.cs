using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs.Files;

/// <summary>Reads and checks all files before anything is changed: a folder is applied whole or not at all.</summary>
public sealed class ConfigFileReader(IConfigFolder folder, ConfigForms forms, ISources sources, IStores stores, TimeProvider time)
{
    /// <exception cref="ConflictException">No folder is set, or a file is not what it should be.</exception>
    public async Task<ConfigFileSet> ReadAsync(CancellationToken cancellationToken)
    {
        if (folder.Path is not { } path) throw ConfigFileErrors.NoFolder();
        var wanted = new Dictionary<string, WantedConfig>(StringComparer.Ordinal);
        foreach (var entry in folder.Read())
        {
            var facts = await CheckedAsync(entry, cancellationToken);
            if (wanted.TryGetValue(facts.Name, out var first)) throw ConfigFileErrors.NameTwice(facts.Name, first.Place, entry.Place);
            wanted.Add(facts.Name, new WantedConfig(entry.Place, facts, entry.Form.Enabled is not null));
        }
        return new ConfigFileSet(path, wanted, new ConfigNames(
            (await sources.ListAsync(cancellationToken)).ToDictionary(source => source.Id, source => source.Name, StringComparer.Ordinal),
            (await stores.ListAsync(cancellationToken)).ToDictionary(store => store.Id, store => store.Name, StringComparer.Ordinal)));
    }

    private async Task<ConfigFacts> CheckedAsync(ConfigFileEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            var facts = await forms.ReadAsync(entry.Form, cancellationToken);
            // Making one is what checks the rest.
            return BackupConfig.Create(facts, isConfigured: true, time.GetUtcNow()).Facts;
        }
        catch (DomainException e)
        {
            throw ConfigFileErrors.Of(entry.Place, e);
        }
    }
}

/// <param name="SaysEnabled">The file has the key; without it a config that was disabled by the API stays so.</param>
public sealed record WantedConfig(string Place, ConfigFacts Facts, bool SaysEnabled);

/// <summary>Names by id, for showing configs as they are written.</summary>
public sealed record ConfigNames(IReadOnlyDictionary<string, string> Sources, IReadOnlyDictionary<string, string> Stores)
{
    public ConfigForm FormOf(BackupConfig config)
    {
        var form = ConfigForms.Of(config, Sources.GetValueOrDefault(config.SourceId, config.SourceId), Stores);
        // Their order means nothing.
        return form with { Stores = form.Stores is null ? null : [.. form.Stores.OrderBy(store => store.Store, StringComparer.Ordinal)] };
    }
}
