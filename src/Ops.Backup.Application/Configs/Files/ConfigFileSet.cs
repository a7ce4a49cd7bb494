using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs.Files;

/// <summary>What the files say, and what follows from it for the configs that there are.</summary>
public sealed record ConfigFileSet(string Folder, IReadOnlyDictionary<string, WantedConfig> Wanted, ConfigNames Names)
{
    /// <summary>The given configs are changed by it.</summary>
    /// <returns>Those that are new or changed, and what is different.</returns>
    /// <exception cref="Domain.ConflictException">A config that people made has a name that a file wants.</exception>
    public (IReadOnlyList<BackupConfig> Write, ConfigFileDiff Diff) Compare(IReadOnlyList<BackupConfig> known, DateTimeOffset now)
    {
        var (write, created, changed, unchanged) = (new List<BackupConfig>(), new List<FiledConfig>(), new List<ChangedConfig>(), new List<FiledConfig>());
        var byName = known.ToDictionary(config => config.Name, StringComparer.Ordinal);
        var removed = known.Where(config => config.IsConfigured && !Wanted.ContainsKey(config.Name)).OrderBy(config => config.Name, StringComparer.Ordinal).ToList();
        foreach (var config in removed) config.Release(now);
        write.AddRange(removed);
        foreach (var (name, wanted) in Wanted.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var filed = new FiledConfig(name, wanted.Place);
            if (!byName.TryGetValue(name, out var config))
            {
                write.Add(BackupConfig.Create(wanted.Facts, isConfigured: true, now));
                created.Add(filed);
            }
            else if (Define(config, wanted, now) is { Count: > 0 } changes)
            {
                write.Add(config);
                changed.Add(new ChangedConfig(name, wanted.Place, changes));
            }
            else unchanged.Add(filed);
        }
        return (write, new ConfigFileDiff(Folder, created, changed, [.. removed.Select(config => config.Name)], unchanged));
    }

    private IReadOnlyList<ConfigChange> Define(BackupConfig config, WantedConfig wanted, DateTimeOffset now)
    {
        if (!config.WasConfigured) throw ConfigFileErrors.MadeByPeople(wanted.Place, config.Name);
        var (before, released) = (Names.FormOf(config), !config.IsConfigured);
        var facts = wanted.SaysEnabled || released ? wanted.Facts : wanted.Facts with { Enabled = config.Enabled };
        config.Define(facts, now);
        var changes = ConfigChange.Between(before, Names.FormOf(config));
        return released ? [.. changes, ConfigChange.TakenOver] : changes;
    }
}
