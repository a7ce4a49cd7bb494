using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Configs.Files;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Infrastructure.Configs;

/// <summary>The files <c>*.json</c>, <c>*.yaml</c> and <c>*.yml</c> of one folder; each is a config, or a list of them under <c>configs</c>.</summary>
public sealed class ConfigFolder(string? path) : IConfigFolder
{
    private const string ListKey = "configs";
    private const int MaxFiles = 1000;

    private static readonly JsonDocumentOptions StrictJson = new() { AllowDuplicateProperties = false, MaxDepth = YamlReader.MaxDepth };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string? Path { get; } = string.IsNullOrEmpty(path) ? null : path;

    public IReadOnlyList<ConfigFileEntry> Read()
    {
        var folder = Path ?? throw ConfigFileErrors.NoFolder();
        return [.. Names(folder).SelectMany(name => Entries(name, Parse(name, ConfigFile.Read(folder, name))))];
    }

    private static List<string> Names(string folder)
    {
        try
        {
            // Hidden files are an editor's, or Kubernetes' own links.
            var names = Directory.EnumerateFileSystemEntries(folder).Select(System.IO.Path.GetFileName).OfType<string>()
                .Where(name => !name.StartsWith('.') && System.IO.Path.GetExtension(name).ToUpperInvariant() is ".JSON" or ".YAML" or ".YML").Order(StringComparer.Ordinal).ToList();
            return names.Count <= MaxFiles ? names : throw ConfigFileErrors.Invalid(folder, $"there are {names.Count} files; at most {MaxFiles} are read.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ConfigFileErrors.Invalid(folder, $"the folder of config files can't be read: {e.Message}");
        }
    }

    private static JsonObject Parse(string name, byte[] bytes)
    {
        try
        {
            var text = StrictUtf8.GetString(bytes).TrimStart('\uFEFF');
            var node = name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? JsonNode.Parse(text, nodeOptions: null, StrictJson) : YamlReader.Read(text, name, ListKey);
            return node as JsonObject ?? throw ConfigFileErrors.Invalid(name, $"a file is one config, or a list of them under the key {ListKey}.");
        }
        catch (DecoderFallbackException)
        {
            throw ConfigFileErrors.Invalid(name, "it is not UTF-8.");
        }
        catch (JsonException e)
        {
            throw ConfigFileErrors.Invalid(name, $"it is not the JSON that was expected: {e.Message}");
        }
    }

    private static IEnumerable<ConfigFileEntry> Entries(string name, JsonObject root)
    {
        if (!root.TryGetPropertyValue(ListKey, out var list)) return [EntryOf(name, root)];
        if (root.Count > 1) throw ConfigFileErrors.Invalid(name, $"beside {ListKey} there is {root.First(pair => pair.Key is not ListKey).Key}; a file with a list has nothing else.");
        if (list is not JsonArray all) throw ConfigFileErrors.Invalid($"{name}, {ListKey}", "it is a list of configs.");
        return all.Select((node, index) => EntryOf($"{name}, {ListKey}[{index}]", node));
    }

    private static ConfigFileEntry EntryOf(string place, JsonNode? node)
    {
        try
        {
            return new ConfigFileEntry(place, ConfigJson.Read(node as JsonObject ?? throw ConfigFileErrors.Invalid(place, "a config is an object.")));
        }
        catch (InvalidValueException e)
        {
            throw ConfigFileErrors.Of(place, e);
        }
    }
}
