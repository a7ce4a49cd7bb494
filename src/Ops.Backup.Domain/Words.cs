using System.Text;

namespace Ops.Backup.Domain;

/// <summary>
/// The words of the contract (columns, JSON, query strings) for our enumerations: <c>SchemaOnly</c> is <c>schema_only</c>,
/// and a status is in capitals, as reports have it.
/// </summary>
public static class Words
{
    public static string Of<T>(T value) where T : struct, Enum => Cache<T>.Names[value];

    public static bool TryParse<T>(string? word, out T value) where T : struct, Enum
    {
        value = default;
        return word is not null && Cache<T>.Values.TryGetValue(word, out value);
    }

    /// <exception cref="InvalidValueException">The word is none of the contract's.</exception>
    public static T Parse<T>(string? word, string field) where T : struct, Enum =>
        TryParse<T>(word, out var value)
            ? value
            : throw new InvalidValueException("UNKNOWN_WORD", field, $"'{word}' is not a {field}; it is one of {string.Join(", ", All<T>())}.");

    public static IEnumerable<string> All<T>() where T : struct, Enum => Cache<T>.Names.Values;

    private static string Snake(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }

    private static class Cache<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Names = Enum.GetValues<T>().ToDictionary(
            value => value,
            value => typeof(T) == typeof(BackupJobs.BackupStatus) ? Snake(value.ToString()).ToUpperInvariant() : Snake(value.ToString()));

        public static readonly Dictionary<string, T> Values = Names.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }
}
