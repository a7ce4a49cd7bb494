using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>A piece of a template: plain text, or what one pair of braces stands for.</summary>
/// <param name="Fill">Never empty; without slash, and without a dot at its beginning.</param>
/// <param name="MaxBytes">UTF-8 bytes that it makes at most.</param>
/// <param name="TimeUnits">Parts of a time that it shows.</param>
internal sealed partial record PathPart(Func<PathFacts, DateTimeOffset, string> Fill, int MaxBytes, IReadOnlyList<string> TimeUnits)
{
    public static readonly string[] AllTimeUnits = ["yyyy", "MM", "dd", "HH", "mm", "ss"];

    private const int MaxWordBytes = 20;

    private static readonly Dictionary<string, PathPart> Known = new(StringComparer.Ordinal)
    {
        ["backup_type"] = new((facts, _) => Words.Of(facts.Trigger), MaxWordBytes, []),
        ["type"] = new((facts, _) => Words.Of(facts.Type), MaxWordBytes, []),
        ["config_name"] = Name(facts => facts.ConfigName),
        ["database"] = Name(facts => facts.Database),
        ["host"] = Name(facts => facts.Host),
        ["source"] = Name(facts => facts.Source),
    };

    public static IEnumerable<string> Placeholders => Known.Keys;

    public static PathPart Literal(string text) => new((_, _) => text, Encoding.UTF8.GetByteCount(text), []);

    /// <returns>Null when the braces stand for nothing.</returns>
    public static PathPart? InBraces(string word) => Known.TryGetValue(word, out var part) ? part : Time(word);

    private static PathPart Name(Func<PathFacts, string> of) => new((facts, _) => ArtifactName.SafeInPath(of(facts)), ArtifactName.MaxSafeBytes, []);

    private static PathPart? Time(string word)
    {
        if (!TimeForm().IsMatch(word)) return null;
        var units = Unit().Matches(word).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToList();
        if (units.Count == 0) return null;
        // Quoted, for .NET would read a lone letter in its own way.
        var format = Separator().Replace(word, "'$0'");
        return new PathPart((_, at) => at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture), word.Length, units);
    }

    [GeneratedRegex("^(yyyy|MM|dd|HH|mm|ss|[-_TZ])+\\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TimeForm();

    [GeneratedRegex("yyyy|MM|dd|HH|mm|ss", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unit();

    [GeneratedRegex("[-_TZ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Separator();
}
