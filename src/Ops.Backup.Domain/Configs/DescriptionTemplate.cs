using System.Text.RegularExpressions;

namespace Ops.Backup.Domain.Configs;

/// <summary>The text that a config's runs get: <c>自动备份 - &lt;name&gt;</c> by default.</summary>
public sealed partial record DescriptionTemplate
{
    public const string DefaultText = "自动备份 - <name>";

    private const int MaxLength = 500;

    private static readonly string[] Known = ["<name>", "<source>", "<database>", "<type>", "<time>"];

    private DescriptionTemplate(string text) => Text = text;

    public string Text { get; }

    /// <param name="text">Null or empty for the default.</param>
    /// <exception cref="InvalidValueException">It is too long, or has a placeholder that does not exist.</exception>
    public static DescriptionTemplate Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new DescriptionTemplate(DefaultText);
        Sources.SourceRules.Text(text, "descriptionTemplate", MaxLength);
        foreach (Match match in Placeholder().Matches(text))
            if (!Known.Contains(match.Value, StringComparer.Ordinal)) throw ConfigErrors.UnknownPlaceholder(match.Value);
        return new DescriptionTemplate(text);
    }

    /// <param name="time">Shown in UTC.</param>
    public string Fill(string name, string source, string database, BackupJobs.BackupType type, DateTimeOffset time) => Placeholder().Replace(Text, match => match.Value switch
    {
        "<name>" => name,
        "<source>" => source,
        "<database>" => database,
        "<type>" => Words.Of(type),
        _ => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}",
    });

    [GeneratedRegex("<[a-z_]+>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
