namespace Ops.Backup.Domain.BackupJobs;

/// <summary>The extension tells how to open a dump: custom <c>.dump</c>, plain <c>.sql</c>, directory <c>.tar</c>; then the outer compression.</summary>
public static partial class ArtifactName
{
    private const string Gzip = "gzip:1 to gzip:9";
    private const string Zstd = "zstd:1 to zstd:19";

    private static readonly (string Extension, string Makers)[] Makers =
    [
        (".dump", "the format custom"),
        (".sql", "the format plain with none or gzip:0"),
        (".sql.gz", $"the format plain with {Gzip}"),
        (".sql.zst", $"the format plain with {Zstd}"),
        (".tar", "the format directory"),
        (".tar.gz", $"the format directory with {Gzip}"),
        (".tar.zst", $"the format directory with {Zstd}"),
    ];

    /// <summary>Those that a person may ask for.</summary>
    public static IEnumerable<string> AllExtensions => Makers.Select(pair => pair.Extension);

    public static string Extension(BackupFormat format, string outerCompression) => Plain(format) + outerCompression;

    /// <summary>
    /// Those that a person may ask for with this format and compression. A client without zstd makes <c>.dump.zst</c> and <c>.tar.zst</c>
    /// whatever was asked for; which client there will be only a run knows.
    /// </summary>
    public static IReadOnlyList<string> Extensions(BackupFormat format, Compression compression)
    {
        var compressed = compression switch
        {
            { Kind: CompressionKind.Gzip, Level: > 0 } => ".gz",
            { Kind: CompressionKind.Zstd } => ".zst",
            _ => "",
        };
        return format switch
        {
            BackupFormat.Plain => [Plain(format) + compressed],
            BackupFormat.Directory when compressed.Length > 0 => [Plain(format), Plain(format) + compressed],
            _ => [Plain(format)],
        };
    }

    internal static string MakersOf(string extension) => Makers.First(pair => string.Equals(pair.Extension, extension, StringComparison.Ordinal)).Makers;

    private static string Plain(BackupFormat format) => format switch
    {
        BackupFormat.Custom => ".dump",
        BackupFormat.Plain => ".sql",
        _ => ".tar",
    };
}
