using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.Configs;

/// <summary>Configs in JSON: a key that we don't know, or a value of the wrong type, is refused by name.</summary>
public static class ConfigJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static JsonSerializerOptions ForPeople { get; } = new(Options) { WriteIndented = true };

    /// <summary>For people: one key a line, what is not given left out.</summary>
    public static string Indented(ConfigForm form) => JsonSerializer.Serialize(form, ForPeople) + "\n";

    /// <summary>The form with the keys of a change: one that is null is as if it had never been given, one that is not there stays.</summary>
    /// <exception cref="InvalidValueException">A key is not known, or has the wrong type.</exception>
    public static ConfigForm Change(ConfigForm form, JsonElement change)
    {
        if (change.ValueKind is not JsonValueKind.Object) throw new InvalidValueException("TYPE_WRONG", "$", "A config is an object.");
        var merged = JsonSerializer.SerializeToNode(form, Options)!.AsObject();
        foreach (var key in change.EnumerateObject()) merged[key.Name] = key.Value.ValueKind is JsonValueKind.Null ? null : JsonNode.Parse(key.Value.GetRawText());
        return Read(merged);
    }

    /// <exception cref="InvalidValueException">A key is not known, or has the wrong type.</exception>
    public static ConfigForm Read(JsonNode node)
    {
        try
        {
            return node.Deserialize<ConfigForm>(Options) ?? throw new InvalidValueException("TYPE_WRONG", "$", "A config is an object.");
        }
        catch (JsonException e)
        {
            var field = (e.Path ?? "$").Replace("$.", "", StringComparison.Ordinal);
            throw e.Message.Contains("could not be mapped", StringComparison.Ordinal)
                ? new InvalidValueException("UNKNOWN_KEY", field, $"A config has no key {field}.")
                : new InvalidValueException("TYPE_WRONG", field, $"{field} has the wrong type.");
        }
    }
}
