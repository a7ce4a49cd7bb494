using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>
/// File names <c>&lt;database&gt;_&lt;UTC yyyyMMddTHHmmssZ&gt;_&lt;host&gt;</c>. Any database or host name becomes a safe part: what is not
/// a letter, a digit, <c>. _ -</c> or a visible character beyond ASCII becomes <c>_</c>; it never starts with <c>.</c> or
/// <c>-</c> and has at most 100 bytes. A part that was changed gets <c>-</c> and eight hex digits of the name's SHA-256, so two names never meet.
/// </summary>
public static partial class ArtifactName
{
    /// <summary>What a name's safe form has at most: its own bytes and twice a hyphen with eight digits.</summary>
    public const int MaxSafeBytes = MaxBytes + (2 * HashBytes);

    /// <summary>How the file of roles and tablespaces goes on behind the base name.</summary>
    public const string GlobalsSuffix = "_globals";

    private const int MaxBytes = 100;
    private const int HashBytes = 9;

    public static string Base(string database, DateTimeOffset startedAt, string host) =>
        $"{Safe(database)}_{startedAt.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}_{Safe(host)}";

    /// <summary>Whether a file is of the run whose files begin so. Another run's base may begin alike (<c>x</c> and <c>x.eu</c>), so only the endings that we make count.</summary>
    public static bool Belongs(string fileName, string baseName) => fileName.StartsWith(baseName, StringComparison.Ordinal) && Ending().IsMatch(fileName[baseName.Length..]);

    /// <summary>One file name for a base that may be a path, for what lies in a folder of its own: logs, reports.</summary>
    public static string Flat(string baseName) => baseName.Contains('/', StringComparison.Ordinal) ? Safe(baseName) : baseName;

    /// <summary>As <see cref="Safe"/>; and it makes no <c>..</c>, whatever it stands beside.</summary>
    public static string SafeInPath(string name)
    {
        var safe = Safe(name);
        return safe.Contains("..", StringComparison.Ordinal) || safe.EndsWith('.') ? $"{safe.Replace('.', '_')}-{ShortHash(name)}" : safe;
    }

    public static string Safe(string name)
    {
        var text = new StringBuilder();
        foreach (var rune in name.EnumerateRunes()) text.Append(Keeps(rune) ? rune.ToString() : "_");
        if (text.Length == 0) text.Append('_');
        if (text[0] is '.' or '-') text[0] = '_';
        var safe = Cut(text.ToString(), MaxBytes);
        return string.Equals(safe, name, StringComparison.Ordinal) ? safe : $"{safe}-{ShortHash(name)}";
    }

    /// <summary>Cut to so many bytes, the last of which tell it from others that begin alike.</summary>
    internal static string Shortened(string text, int maxBytes) => $"{Cut(text, maxBytes - HashBytes)}-{ShortHash(text)}";

    /// <summary>The character can stand in a file's name anywhere, and in a command between quotes.</summary>
    internal static bool Keeps(Rune rune) => rune.IsAscii
        ? Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '_' or '-'
        : rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static string Cut(string text, int maxBytes)
    {
        var bytes = 0;
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes) break;
            kept.Append(rune.ToString());
        }
        return kept.ToString();
    }

    private static string ShortHash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8];

    [GeneratedRegex(@"^(\.(dump|sql|tar)(\.zst|\.gz)?(\.age)?(\.sha256)?|_globals\.sql(\.age)?|\.RESTORE\.txt|\.json|\.folder|\.verify)(\.corrupt)?(\.partial)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ending();
}
