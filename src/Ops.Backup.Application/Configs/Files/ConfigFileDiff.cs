using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ops.Backup.Application.Configs.Files;

/// <summary>What applying the files changes.</summary>
/// <param name="Folder" example="/etc/ops-backup/configs">Where the files are.</param>
/// <param name="Created">Configs that there were not.</param>
/// <param name="Changed">Configs that are otherwise now.</param>
/// <param name="Removed" example="[]">Names that no file has any more; those configs are disabled and can be changed by the API again.</param>
/// <param name="Unchanged">The rest.</param>
public sealed record ConfigFileDiff(
    string Folder, IReadOnlyList<FiledConfig> Created, IReadOnlyList<ChangedConfig> Changed, IReadOnlyList<string> Removed, IReadOnlyList<FiledConfig> Unchanged)
{
    /// <summary>Whether applying changes anything.</summary>
    /// <example>true</example>
    public bool HasChanges => Created.Count + Changed.Count + Removed.Count > 0;
}

/// <param name="Name" example="nightly">The config.</param>
/// <param name="File" example="nightly.yaml">Where it stands.</param>
public sealed record FiledConfig(string Name, string File);

/// <param name="Name" example="nightly">The config.</param>
/// <param name="File" example="nightly.yaml">Where it stands.</param>
/// <param name="Changes">Key by key.</param>
public sealed record ChangedConfig(string Name, string File, IReadOnlyList<ConfigChange> Changes);

/// <param name="Key" example="retention.daily">The key; a part of an object behind a dot.</param>
/// <param name="Old" example="7">As it is; null where it is not given.</param>
/// <param name="New" example="30">As the file has it; null where it is not given.</param>
public sealed record ConfigChange(string Key, JsonElement? Old, JsonElement? New)
{
    /// <summary>Files define it again.</summary>
    public static ConfigChange TakenOver { get; } = new("isConfigured", JsonSerializer.SerializeToElement(value: false), JsonSerializer.SerializeToElement(value: true));

    public static IReadOnlyList<ConfigChange> Between(ConfigForm before, ConfigForm after)
    {
        var (old, @new) = (Flat(before), Flat(after));
        return [.. old.Keys.Union(@new.Keys, StringComparer.Ordinal)
            .Where(key => !JsonNode.DeepEquals(old.GetValueOrDefault(key), @new.GetValueOrDefault(key)))
            .Select(key => new ConfigChange(key, Element(old.GetValueOrDefault(key)), Element(@new.GetValueOrDefault(key))))];
    }

    private static JsonElement? Element(JsonNode? node) => node is null ? null : JsonSerializer.SerializeToElement(node);

    private static Dictionary<string, JsonNode?> Flat(ConfigForm form)
    {
        var flat = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (key, value) in JsonSerializer.SerializeToNode(form, ConfigJson.Options)!.AsObject())
        {
            if (value is not JsonObject parts) flat.Add(key, value);
            else foreach (var (part, inner) in parts) flat.Add($"{key}.{part}", inner);
        }
        return flat;
    }
}
