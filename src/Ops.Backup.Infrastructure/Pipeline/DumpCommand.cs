using System.Globalization;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.PgTools;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>
/// How one spec is dumped with one client: pg_dump's arguments, which compressor follows it, and what the file is called.
/// pg_dump's own compression keeps the archive directly readable for pg_restore; a client before 16 has no zstd, so there it follows.
/// </summary>
public sealed record DumpCommand
{
    private readonly BackupSpec _spec;
    private readonly PgClient _client;
    private readonly bool _compressesTar;

    /// <param name="spec">What to make.</param>
    /// <param name="client">What makes it.</param>
    /// <param name="compressesTar">The tar of a directory dump is to be compressed as a whole, and not the files in it.</param>
    public DumpCommand(BackupSpec spec, PgClient client, bool compressesTar = false) =>
        (_spec, _client, _compressesTar) = (spec, client, compressesTar && spec.Format is BackupFormat.Directory);

    /// <summary>What a compressor behind pg_dump, or behind tar, does; none when there is none.</summary>
    public Compression Outer => _spec.Compression switch
    {
        { Kind: CompressionKind.Zstd } when _compressesTar || !_client.HasZstd => _spec.Compression,
        { Kind: CompressionKind.Gzip, Level: > 0 } when _compressesTar => _spec.Compression,
        _ => Compression.None,
    };

    public string Extension => ArtifactName.Extension(_spec.Format, OuterCompression);

    // What a reader meets first. A plain dump that pg_dump compressed is a .gz or .zst file; an archive keeps that to itself.
    private string OuterCompression => (_spec.Format is BackupFormat.Plain ? _spec.Compression : Outer) switch
    {
        { Kind: CompressionKind.Gzip, Level: > 0 } => ".gz",
        { Kind: CompressionKind.Zstd } => ".zst",
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

    private string CompressArgument => _spec.Compression.Kind switch
    {
        _ when Outer.Kind is not CompressionKind.None => "0",
        CompressionKind.Gzip => _spec.Compression.Level.ToString(CultureInfo.InvariantCulture),
        CompressionKind.Zstd => _spec.Compression.ToString(),
        _ => "0",
    };
}
