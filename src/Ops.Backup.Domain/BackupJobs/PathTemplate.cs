using System.Text;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>
/// Where a config's files lie under the root of each store: <c>{backup_type}/{yyyyMMdd_HHmmss}_{config_name}.tar.gz</c>. A name it makes
/// never leaves the root, and each second gives another. What the placeholders stand for is said in docs/stores.md.
/// </summary>
public sealed class PathTemplate
{
    /// <summary>UTF-8 bytes of a template.</summary>
    public const int MaxBytes = 200;

    /// <summary>UTF-8 bytes of a path it makes: with a prefix and an ending it stays below the 1024 that a bucket's key may have.</summary>
    public const int MaxPathBytes = 800;

    // Leaves room for the longest ending in the 255 bytes that file systems give a name.
    private const int MaxSegmentBytes = 200;

    private readonly string _text;
    private readonly List<IReadOnlyList<PathPart>> _segments;

    private PathTemplate(string text, List<IReadOnlyList<PathPart>> segments, string? extension) => (_text, _segments, Extension) = (text, segments, extension);

    /// <summary>With its first dot, as <c>.tar.gz</c>; null when the template leaves it to the format.</summary>
    public string? Extension { get; }

    /// <summary>The tar of a directory dump is to be compressed as a whole, so that it opens like any other archive of that name.</summary>
    public bool CompressesTar => Extension is ".tar.gz" or ".tar.zst";

    /// <exception cref="InvalidValueException">It could lead elsewhere, or two runs to one name, or has what nobody can fill in.</exception>
    public static PathTemplate Parse(string text)
    {
        PathTemplateErrors.RefuseLength(text, MaxBytes);
        var (segments, extension) = PathTemplateParser.Read(text);
        var units = segments.SelectMany(segment => segment).SelectMany(part => part.TimeUnits).ToHashSet(StringComparer.Ordinal);
        if (PathPart.AllTimeUnits.Where(unit => !units.Contains(unit)).ToList() is { Count: > 0 } missing) throw PathTemplateErrors.WithoutTime(missing);
        if (segments.Sum(segment => Math.Min(MaxSegmentBytes, segment.Sum(part => part.MaxBytes)) + 1) > MaxPathBytes) throw PathTemplateErrors.PathTooLong(MaxPathBytes);
        return new PathTemplate(text, segments, extension);
    }

    /// <summary>Refuses an extension that such a dump would not have.</summary>
    /// <exception cref="InvalidValueException">It says which extension it would be.</exception>
    public void Require(BackupFormat format, Compression compression)
    {
        var possible = ArtifactName.Extensions(format, compression);
        if (Extension is not null && !possible.Contains(Extension, StringComparer.Ordinal)) throw PathTemplateErrors.WrongExtension(Extension, format, compression, possible);
    }

    /// <summary>The path, with <c>/</c> between its parts, that all files of a run begin with.</summary>
    public string BaseName(PathFacts facts, DateTimeOffset at)
    {
        var path = string.Join('/', _segments.Select(segment => Shortened(string.Concat(segment.Select(part => part.Fill(facts, at))))));
        // Another run's globals would be called as this one's dump in SQL.
        return path.EndsWith(ArtifactName.GlobalsSuffix, StringComparison.Ordinal) ? path + "_" : path;
    }

    public override string ToString() => _text;

    private static string Shortened(string segment) => Encoding.UTF8.GetByteCount(segment) <= MaxSegmentBytes ? segment : ArtifactName.Shortened(segment, MaxSegmentBytes);
}

/// <summary>What the placeholders of a template stand for in one run.</summary>
/// <param name="Host">Where the database is; a machine's name where the source says localhost.</param>
/// <param name="Source">What the source is called.</param>
public sealed record PathFacts(BackupTrigger Trigger, BackupType Type, string ConfigName, string Database, string Host, string Source);
