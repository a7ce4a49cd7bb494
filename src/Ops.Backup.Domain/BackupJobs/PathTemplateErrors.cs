using System.Globalization;
using System.Text;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Every refusal of a path template, in one place.</summary>
internal static class PathTemplateErrors
{
    private const string Field = "pathTemplate";

    public static void RefuseLength(string text, int maxBytes)
    {
        if (text.Length == 0) throw new InvalidValueException("VALUE_MISSING", Field, "pathTemplate is empty; leave it out for the default names.");
        if (Encoding.UTF8.GetByteCount(text) > maxBytes)
            throw new InvalidValueException("VALUE_TOO_LONG", Field, string.Create(CultureInfo.InvariantCulture, $"pathTemplate has more than {maxBytes} bytes."));
    }

    public static InvalidValueException PathTooLong(int maxBytes) =>
        new("VALUE_TOO_LONG", Field, string.Create(CultureInfo.InvariantCulture, $"pathTemplate could make a path of more than {maxBytes} bytes; use fewer placeholders of names."));

    public static InvalidValueException Invalid(string why) => new("PATH_TEMPLATE_INVALID", Field, $"pathTemplate can't be used: {why}.");

    public static InvalidValueException Character(Rune rune) => Invalid(string.Create(
        CultureInfo.InvariantCulture, $"it has the character U+{rune.Value:X4}; letters, digits, '.', '_', '-' and '/' are possible, and placeholders in braces"));

    public static InvalidValueException UnknownPlaceholder(string word) => new(
        "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN", Field,
        $"pathTemplate has {{{word}}}; there are {{storage_path}}, {string.Join(", ", PathPart.Placeholders.Select(known => $"{{{known}}}"))} and times of {string.Join(' ', PathPart.AllTimeUnits)} with _ - T Z between them, as {{yyyyMMdd_HHmmss}}.");

    public static InvalidValueException WithoutTime(IEnumerable<string> missing) => new(
        "PATH_TEMPLATE_TIME_MISSING", Field,
        $"pathTemplate has no {string.Join(' ', missing)}: two runs would have one name. A full time is {{yyyyMMdd_HHmmss}}.");

    public static InvalidValueException UnknownExtension(string extension) => new(
        "PATH_TEMPLATE_EXTENSION_WRONG", Field,
        $"pathTemplate ends in {extension}; what follows a dot at the end is an extension, and there are {string.Join(", ", ArtifactName.AllExtensions)}. Leave it out to have the one that the format and the compression make.");

    public static InvalidValueException WrongExtension(string extension, BackupFormat format, Compression compression, IEnumerable<string> possible) => new(
        "PATH_TEMPLATE_EXTENSION_WRONG", Field,
        $"pathTemplate ends in {extension}; the format {Words.Of(format)} with the compression {compression} makes {string.Join(" or ", possible)}. {extension} is made by {ArtifactName.MakersOf(extension)}.");
}
