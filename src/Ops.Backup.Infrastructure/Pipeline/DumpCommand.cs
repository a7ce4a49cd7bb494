using System.Globalization;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.PgTools;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>
/// How one spec is dumped with one client: pg_dump's arguments, whether a zstd process follows, and what the file is called.
/// pg_dump's own zstd keeps the archive directly readable for pg_restore; a client before 16 has none, so there it follows.
/// </summary>
public sealed record DumpCommand
{
    private readonly BackupSpec _spec;
    private readonly PgClient _client;

    public DumpCommand(BackupSpec spec, PgClient client) => (_spec, _client) = (spec, client);

    /// <summary>The level for a zstd process behind pg_dump, or null when none is needed.</summary>
    public int? ZstdLevel => _spec.Compression.Kind is CompressionKind.Zstd && !_client.HasZstd ? _spec.Compression.Level : null;

    public string Extension => ArtifactName.Extension(_spec.Format, OuterCompression);

    // What a reader meets first. A plain dump that pg_dump compressed is a .gz or .zst file; an archive keeps that to itself.
    private string OuterCompression => (_spec.Format, _spec.Compression) switch
    {
        _ when ZstdLevel is not null => ".zst",
        (BackupFormat.Plain, { Kind: CompressionKind.Gzip, Level: > 0 }) => ".gz",
        (BackupFormat.Plain, { Kind: CompressionKind.Zstd }) => ".zst",
        _ => "",
    };

    public IReadOnlyList<string> Arguments(string connInfo, int lockWaitSeconds, string? folder)
    {
        List<string> arguments =
        [
            $"--dbname={connInfo}", "--no-password", "--verbose", $"--format={Words.Of(_spec.Format)}", $"--compress={CompressArgument}",
            $"--lock-wait-timeout={(lockWaitSeconds * 1000L).ToString(CultureInfo.InvariantCulture)}",
        ];
        if (_spec.Type is BackupType.SchemaOnly) arguments.Add("--schema-only");
        if (_spec.Type is BackupType.DataOnly) arguments.Add("--data-only");
        if (folder is not null)
        {
            // The folder is only a stage: what is kept is the tar made of it, and that is flushed.
            arguments.Add("--no-sync");
            arguments.Add($"--file={folder}");
            arguments.Add($"--jobs={_spec.Jobs.ToString(CultureInfo.InvariantCulture)}");
        }
        return arguments;
    }

    private string CompressArgument => (_spec.Compression.Kind, _client.HasZstd) switch
    {
        (CompressionKind.Gzip, _) => _spec.Compression.Level.ToString(CultureInfo.InvariantCulture),
        (CompressionKind.Zstd, true) => _spec.Compression.ToString(),
        _ => "0",
    };
}
