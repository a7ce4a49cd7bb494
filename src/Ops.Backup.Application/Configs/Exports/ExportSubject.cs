using System.Security.Cryptography;
using System.Text;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>What is exported, and the names that the files of it get.</summary>
public sealed record ExportSubject(BackupConfig Config, DatabaseSource Source, IReadOnlyList<Store> Stores)
{
    public const string Folder = "/opt/ops-backup";
    public const string Script = Folder + "/db_backup.sh";

    /// <summary>Who runs the script, as in its README.</summary>
    public const string User = "postgres";

    private const int SlugLength = 40;

    public string Slug => SlugOf(Config.Name);

    public string EnvPath => $"{Folder}/{Slug}.env.backup";

    public string PassPath => $"{Folder}/{Slug}.pgpass";

    /// <summary>
    /// The name with letters, digits, <c>-</c> and <c>_</c> only, so that no path, unit or command made of it needs an escape. A name that
    /// has anything else gets some digits of its hash, so that two configs never share a file.
    /// </summary>
    public static string SlugOf(string name)
    {
        var plain = new string([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-')]).Trim('-');
        if (plain.Length > SlugLength) plain = plain[..SlugLength];
        if (plain.Length > 0 && string.Equals(plain, name, StringComparison.Ordinal)) return plain;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8];
        return plain.Length == 0 ? "config-" + hash : $"{plain}-{hash}";
    }

    /// <summary>A text for one line of a comment: nothing in it ends the line or turns the reading direction.</summary>
    public static string OneLine(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator ? "\uFFFD" : rune.ToString()));

    /// <exception cref="Domain.ConflictException">It has none, so there is nothing that could start it.</exception>
    public ConfigSchedule Schedule => Config.Schedule
        ?? throw ConfigErrors.ExportNotPossible(Config, "it has no schedule, so there is nothing that would start it. format=env gives the settings alone.");

    public string Title => OneLine($"Backup of \"{Config.Name}\": database \"{Source.Database}\" on {Source.Host} port {Source.PortText}.");
}
