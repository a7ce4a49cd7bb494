using System.Globalization;
using System.Text.RegularExpressions;
using Ops.Backup.Domain;

namespace Ops.Backup.Application;

/// <summary>Reads parameters of a query string by type; names the field of whatever is wrong.</summary>
internal sealed partial class QueryParameters(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public bool Has(string name) => values.ContainsKey(name);

    public void RefuseUnknown()
    {
        if (values.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } unknown)
            throw new InvalidValueException("UNKNOWN_PARAMETER", unknown, $"There is no parameter '{unknown}'; there are {string.Join(", ", _known)}.");
    }

    public string? Text(string name, int maxLength)
    {
        _known.Add(name);
        if (!values.TryGetValue(name, out var texts)) return null;
        if (texts.Count > 1) throw new InvalidValueException("PARAMETER_REPEATED", name, $"{name} is given {texts.Count} times.");
        return texts is [{ Length: > 0 } text] ? Checked(name, text, maxLength) : throw Empty(name);
    }

    public long? Number(string name, long min, long max)
    {
        if (Text(name, 20) is not { } text) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new InvalidValueException("NUMBER_OUT_OF_RANGE", name, string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}'; it is a whole number from {min} to {max}."));
    }

    public bool? Flag(string name) => Text(name, 10) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var text => throw new InvalidValueException("FLAG_INVALID", name, $"{name} is '{text}'; it is true or false."),
    };

    public T? Word<T>(string name) where T : struct, Enum => Text(name, 50) is { } word ? Words.Parse<T>(word, name) : null;

    /// <summary>Given several times, or once with commas.</summary>
    public IReadOnlyList<T> ManyWords<T>(string name) where T : struct, Enum
    {
        _known.Add(name);
        return values.TryGetValue(name, out var texts)
            ? [.. texts.SelectMany(text => text.Split(',')).Select(word => word.Length > 0 ? Words.Parse<T>(Checked(name, word, 50), name) : throw Empty(name)).Distinct()]
            : [];
    }

    /// <summary>ISO 8601 with Z or an offset; a plain date is its midnight in UTC.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name, 50) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero);
        // A + that a client forgot to encode arrives as a space.
        var whole = text.Replace(' ', '+');
        return TimeWithOffset().IsMatch(whole) && DateTimeOffset.TryParse(whole, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime()
            : throw new InvalidValueException("TIME_INVALID", name, $"{name} is '{text}'; it is 2026-11-21, or 2026-11-21T03:00:00Z, or with an offset like +08:00.");
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TimeWithOffset();

    private static string Checked(string name, string text, int maxLength)
    {
        if (text.Length > maxLength) throw new InvalidValueException("VALUE_TOO_LONG", name, $"{name} has more than {maxLength} characters.");
        return text.Contains('\0', StringComparison.Ordinal) ? throw new InvalidValueException("VALUE_HAS_CONTROL_CHARACTERS", name, $"{name} has a NUL character.") : text;
    }

    private static InvalidValueException Empty(string name) => new("VALUE_MISSING", name, $"{name} is empty; leave it out to mean any.");
}
