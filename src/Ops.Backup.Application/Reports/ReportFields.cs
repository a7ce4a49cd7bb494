using System.Globalization;
using System.Text.Json;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.Reports;

/// <summary>Reads the keys of one JSON object by type, says by path what is wrong, and remembers which keys were asked for.</summary>
internal sealed class ReportFields(JsonElement element, string path)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>The keys that nobody asked for.</summary>
    public IEnumerable<JsonProperty> Unknown => element.EnumerateObject().Where(property => !_known.Contains(property.Name));

    public static ReportFields Root(JsonElement element) => element.ValueKind is JsonValueKind.Object
        ? new ReportFields(element, "$")
        : throw new ReportRejectedException("TYPE_WRONG", "$", "A report is one JSON object.");

    public string Text(string key, int maxLength) =>
        OptionalText(key, maxLength) ?? throw Missing(key);

    /// <summary>An empty text is no text: shell scripts have no null.</summary>
    public string? OptionalText(string key, int maxLength)
    {
        if (Find(key, JsonValueKind.String, "a text") is not { } value) return null;
        var text = value.GetString()!;
        if (text.Length == 0) return null;
        return text.Length <= maxLength ? text : throw Refuse("VALUE_TOO_LONG", key, $"{key} has more than {maxLength} characters.");
    }

    /// <summary>A path on the host. It is shown and compared, and on the host itself opened; so it may not climb.</summary>
    public string? OptionalPath(string key)
    {
        var file = OptionalText(key, ReportLimits.Path);
        return file is null || !file.Split('/', '\\').Contains("..", StringComparer.Ordinal) ? file : throw Refuse("PATH_UNSAFE", key, $"{key} has a '..' in it.");
    }

    /// <summary>A name in every store of the artifact, which may be in folders under the store's root. Files are deleted by it, so it may not lead elsewhere.</summary>
    public string? OptionalRelativePath(string key)
    {
        var name = OptionalText(key, ReportLimits.FileName);
        return name is null || (!name.Contains('\\', StringComparison.Ordinal) && !name.Split('/').Any(part => part is "" or "." or "..")) ? name
            : throw Refuse("PATH_UNSAFE", key, $"{key} is no path under a store's root: it has a backslash, or a part of it is empty, '.' or '..'.");
    }

    public long? OptionalWhole(string key)
    {
        if (Find(key, JsonValueKind.Number, "a whole number") is not { } value) return null;
        return value.TryGetInt64(out var number) ? number : throw Refuse("NUMBER_OUT_OF_RANGE", key, $"{key} is not a whole number of 64 bits.");
    }

    /// <summary>Zero or more.</summary>
    public long? OptionalCount(string key, string codeOfNegative) =>
        OptionalWhole(key) is not { } number ? null : number >= 0 ? number : throw Refuse(codeOfNegative, key, $"{key} is negative.");

    public T Word<T>(string key) where T : struct, Enum => OptionalWord<T>(key) ?? throw Missing(key);

    public T? OptionalWord<T>(string key) where T : struct, Enum
    {
        if (OptionalText(key, ReportLimits.Name) is not { } word) return null;
        return Words.TryParse<T>(word, out var value) ? value : throw Refuse("WORD_UNKNOWN", key, $"{key} is '{word}'; it is one of {string.Join(", ", Words.All<T>())}.");
    }

    /// <summary>ISO 8601 with <c>Z</c> or an offset; what is finer than PostgreSQL's microsecond is dropped.</summary>
    public DateTimeOffset Time(string key)
    {
        var text = Text(key, ReportLimits.Name);
        if (!HasOffset(text) || !element.GetProperty(key).TryGetDateTimeOffset(out var time))
            throw Refuse("TIME_INVALID", key, $"{key} is '{text}'; it is an ISO 8601 time with Z or an offset: 2026-11-21T03:00:00Z.");
        var utc = time.UtcDateTime;
        if (utc.Year < ReportLimits.Years.First || utc.Year > ReportLimits.Years.Last)
            throw Refuse("TIME_OUT_OF_RANGE", key, string.Create(CultureInfo.InvariantCulture, $"{key} is in the year {utc.Year}; that clock was wrong."));
        return new DateTimeOffset(utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond)));
    }

    /// <summary>64 hexadecimal digits, given back in lower case.</summary>
    public string? OptionalSha256(string key)
    {
        if (OptionalText(key, ReportLimits.Name) is not { } text) return null;
        return text.Length == 64 && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : throw Refuse("CHECKSUM_INVALID", key, $"{key} is not 64 hexadecimal digits.");
    }

    public ReportFields? OptionalObject(string key) =>
        Find(key, JsonValueKind.Object, "an object") is { } value ? new ReportFields(value, $"{path}.{key}") : null;

    public IReadOnlyList<ReportFields> Objects(string key, int max) =>
        [.. Items(key, max).Select((item, index) => item.ValueKind is JsonValueKind.Object
            ? new ReportFields(item, $"{path}.{key}[{index}]")
            : throw Refuse("TYPE_WRONG", $"{key}[{index}]", "It is not an object."))];

    public IReadOnlyList<string> Texts(string key, int max) =>
        [.. Items(key, max).Select((item, index) => item.ValueKind is JsonValueKind.String && item.GetString() is { Length: > 0 and <= ReportLimits.Path } text
            ? text
            : throw Refuse("TYPE_WRONG", $"{key}[{index}]", $"It is not a text of 1 to {ReportLimits.Path} characters."))];

    /// <summary>The key has to be there, though it may be null.</summary>
    public void Require(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (!Has(key)) throw Missing(key);
    }

    public ReportRejectedException Missing(string key) => Refuse(Has(key) ? "VALUE_EMPTY" : "KEY_MISSING", key, $"{key} is missing or empty.");

    public ReportRejectedException Refuse(string code, string key, string reason) => new(code, $"{path}.{key}", reason);

    private bool Has(string key) => element.TryGetProperty(key, out _);

    private List<JsonElement> Items(string key, int max)
    {
        if (Find(key, JsonValueKind.Array, "a list") is not { } value) return [];
        return value.GetArrayLength() <= max ? [.. value.EnumerateArray()] : throw Refuse("VALUE_TOO_LONG", key, $"{key} has more than {max} entries.");
    }

    private JsonElement? Find(string key, JsonValueKind kind, string what)
    {
        _known.Add(key);
        if (!element.TryGetProperty(key, out var value) || value.ValueKind is JsonValueKind.Null) return null;
        return value.ValueKind == kind ? value : throw Refuse("TYPE_WRONG", key, $"{key} is not {what}.");
    }

    private static bool HasOffset(string text) =>
        text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] is ':' && text.Contains('T', StringComparison.Ordinal));
}
