using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>A store's settings as they come in and go out: the keys of its kind and no others.</summary>
internal static class SettingsForm
{
    private const int LongestShown = 50;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutTheKind } },
    };

    public static JsonElement Of(StoreSettings settings) => JsonSerializer.SerializeToElement(settings, settings.GetType(), Options);

    /// <param name="current">What stays where the form says nothing; null for a new store.</param>
    /// <exception cref="InvalidValueException">A key is not known, stands twice, or has the wrong type.</exception>
    public static StoreSettings Read(StoreKind kind, JsonElement form, StoreSettings? current)
    {
        try
        {
            return Merge(kind, form, current);
        }
        catch (InvalidOperationException)
        {
            throw new InvalidValueException("TEXT_INVALID", "settings", "settings has a text with half a surrogate pair (\\ud800 to \\udfff).");
        }
    }

    private static StoreSettings Merge(StoreKind kind, JsonElement form, StoreSettings? current)
    {
        var type = Options.GetTypeInfo(TypeOf(kind));
        if (form.ValueKind is not JsonValueKind.Object) throw new InvalidValueException("TYPE_WRONG", "settings", "settings is an object.");
        var merged = current is null ? [] : JsonSerializer.SerializeToNode(current, type)!.AsObject();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in form.EnumerateObject())
        {
            if (type.Properties.All(property => property.Name != key.Name)) throw Unknown(kind, key.Name, type);
            if (!seen.Add(key.Name)) throw new InvalidValueException("KEY_TWICE", $"settings.{key.Name}", $"settings.{key.Name} stands twice.");
            // Null is what a key has that was never given.
            if (key.Value.ValueKind is JsonValueKind.Null) merged.Remove(key.Name);
            else merged[key.Name] = JsonNode.Parse(key.Value.GetRawText());
        }
        try
        {
            return (StoreSettings)merged.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw Wrong(e.Path ?? "", type);
        }
    }

    private static Type TypeOf(StoreKind kind) => kind switch
    {
        StoreKind.Local => typeof(LocalSettings),
        StoreKind.Oss => typeof(OssSettings),
        StoreKind.S3 => typeof(S3Settings),
        StoreKind.Rclone => typeof(RcloneSettings),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static InvalidValueException Unknown(StoreKind kind, string name, JsonTypeInfo type)
    {
        var shown = name.Length <= LongestShown ? name : name[..LongestShown] + "…";
        return new InvalidValueException("UNKNOWN_KEY", $"settings.{shown}",
            $"A store of kind {Words.Of(kind)} has no settings.{shown}; it has {string.Join(", ", type.Properties.Select(property => property.Name))}.");
    }

    private static InvalidValueException Wrong(string path, JsonTypeInfo type)
    {
        var name = path.Replace("$.", "", StringComparison.Ordinal);
        var property = type.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType;
        var wanted = property is null ? "another type" : (Nullable.GetUnderlyingType(property) ?? property) switch
        {
            { IsEnum: true } words => "one of " + string.Join(", ", Enum.GetNames(words).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)),
            var plain when plain == typeof(bool) => "true or false",
            var plain when plain == typeof(int) => "a whole number",
            _ => "a text",
        };
        return new InvalidValueException("TYPE_WRONG", $"settings.{name}", $"settings.{name} is {wanted}.");
    }

    private static void LeaveOutTheKind(JsonTypeInfo type)
    {
        if (!type.Type.IsAssignableTo(typeof(StoreSettings))) return;
        foreach (var property in type.Properties.Where(property => property.Name is "kind").ToList()) type.Properties.Remove(property);
    }
}
