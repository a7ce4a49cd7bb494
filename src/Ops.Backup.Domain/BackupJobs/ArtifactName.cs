using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>
/// File names <c>&lt;database&gt;_&lt;UTC yyyyMMddTHHmmssZ&gt;_&lt;host&gt;</c>. Any database or host name becomes a safe part: what is not
/// a letter, a digit, <c>. _ -</c> or a visible character beyond ASCII becomes <c>_</c>; it never starts with <c>.</c> or
/// <c>-</c> and has at most 100 bytes. A part that was changed gets <c>-</c> and eight hex digits of the name's SHA-256, so two names never meet.
/// </summary>
public static class ArtifactName
{
    private const int MaxBytes = 100;

    public static string Base(string database, DateTimeOffset startedAt, string host) =>
        $"{Safe(database)}_{startedAt.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}_{Safe(host)}";

    /// <summary>The extension tells how to open it: custom <c>.dump</c>, plain <c>.sql</c>, directory <c>.tar</c>; then the outer compression.</summary>
    public static string Extension(BackupFormat format, string outerCompression) => format switch
    {
        BackupFormat.Custom => ".dump",
        BackupFormat.Plain => ".sql",
        _ => ".tar",
    } + outerCompression;

    public static string Safe(string name)
    {
        var text = new StringBuilder();
        foreach (var rune in name.EnumerateRunes()) text.Append(Keeps(rune) ? rune.ToString() : "_");
        if (text.Length == 0) text.Append('_');
        if (text[0] is '.' or '-') text[0] = '_';
        var safe = Cut(text.ToString());
        return string.Equals(safe, name, StringComparison.Ordinal) ? safe : $"{safe}-{ShortHash(name)}";
    }

    private static bool Keeps(Rune rune) => rune.IsAscii
        ? Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '_' or '-'
        : rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static string Cut(string text)
    {
        var bytes = 0;
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxBytes) break;
            kept.Append(rune.ToString());
        }
        return kept.ToString();
    }

    private static string ShortHash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8];
}
