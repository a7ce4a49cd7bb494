using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>What a report says of one run. S2's keys, and our own where the report has them (docs/report-format.md).</summary>
public sealed record ReportedRun
{
    /// <summary>Set in reports that this service wrote: the job's own id. A host script's report has none.</summary>
    public string? Id { get; init; }

    public required string Database { get; init; }

    public required string Host { get; init; }

    public required string Port { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    public required long DurationSeconds { get; init; }

    public required BackupMode Mode { get; init; }

    public required string Tool { get; init; }

    public required BackupStatus Status { get; init; }

    public BackupTrigger Trigger { get; init; } = BackupTrigger.Reported;

    public BackupType Type { get; init; } = BackupType.Full;

    public BackupMethod Method { get; init; } = BackupMethod.PgDump;

    public BackupFormat Format { get; init; } = BackupFormat.Custom;

    public Compression Compression { get; init; } = Compression.Parse("gzip:9");

    public string? Description { get; init; }

    public string? Error { get; init; }

    public string? LocalFile { get; init; }

    public long? SizeBytes { get; init; }

    public string? Checksum { get; init; }

    public IReadOnlyList<string> RemoteUrls { get; init; } = [];

    public IReadOnlyList<string> Recipients { get; init; } = [];

    public IReadOnlyList<ArtifactFile> Files { get; init; } = [];

    public IReadOnlyList<ReportedCopy> Copies { get; init; } = [];

    public string? ServerVersion { get; init; }

    public string? ClientVersion { get; init; }

    public string? Node { get; init; }

    public string? LogFile { get; init; }

    public string? BaseName { get; init; }

    public string? ReportFile { get; init; }

    public DateTimeOffset ReportModifiedAt { get; init; }

    public string? Extra { get; init; }

    /// <summary>One run of one database is one row, however often and by whomever its report is loaded.</summary>
    public string RunKey => $"{Part(Host)}|{Part(Port)}|{Part(Database)}|{StartedAt.UtcDateTime:O}";

    // A database's name may have any character; without this two runs could have one key.
    private static string Part(string name) => name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
}

/// <summary>What a report says of one copy; the store is known by its name.</summary>
public sealed record ReportedCopy(string Store, StoreKind Kind, string? Node, CopyStatus Status, string? Url, long? SizeBytes, string? Checksum, string? Error);
