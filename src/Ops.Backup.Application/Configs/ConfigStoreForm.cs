using System.Text.Json;
using System.Text.Json.Serialization;
using Ops.Backup.Application.Retention;

namespace Ops.Backup.Application.Configs;

/// <summary>A store of a config; in JSON also just its name.</summary>
/// <param name="Store" example="local">A store's name or id.</param>
/// <param name="Retention">What is kept there; the config's rule when left out.</param>
[JsonConverter(typeof(ConfigStoreFormConverter))]
public sealed record ConfigStoreForm(string? Store, RetentionForm? Retention = null);

/// <summary>Reads <c>"local"</c> as <c>{"store":"local"}</c>.</summary>
public sealed class ConfigStoreFormConverter : JsonConverter<ConfigStoreForm>
{
    public override ConfigStoreForm? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.String) return new ConfigStoreForm(reader.GetString());
        var whole = JsonSerializer.Deserialize<Whole>(ref reader, options);
        return whole is null ? null : new ConfigStoreForm(whole.Store, whole.Retention);
    }

    public override void Write(Utf8JsonWriter writer, ConfigStoreForm value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, new Whole(value.Store, value.Retention), options);

    private sealed record Whole(string? Store, RetentionForm? Retention);
}
