namespace Ops.Backup.Domain.BackupJobs;

/// <summary>What one file of an artifact is for.</summary>
public enum FileRole { Dump, Globals, Checksum, Instructions }

/// <summary>One file of an artifact. <see cref="Sha256"/> is 64 lower-case hex digits, computed on the stream as it was written.</summary>
/// <param name="Path">Where it lies on the disk of the node that made it; null when no store of the backup is there.</param>
public sealed record ArtifactFile(FileRole Role, string Name, string? Path, long SizeBytes, string Sha256);

/// <summary>The files that one run made, what each store says of them, and the versions of the tools that made them.</summary>
public sealed record Artifact(IReadOnlyList<ArtifactFile> Files, string ServerVersion, string ClientVersion, IReadOnlyList<StoredCopy> Copies)
{
    public ArtifactFile Dump => Files.First(file => file.Role is FileRole.Dump);

    public ArtifactFile? Globals => Files.FirstOrDefault(file => file.Role is FileRole.Globals);
}

/// <summary>Where a run's files will lie: known before the first byte, so that leftovers of a run that died can be found.</summary>
public sealed record ArtifactPlan(string BaseName, string LogFile, string ReportFile);
