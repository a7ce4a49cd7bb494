using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>All that a run has in a folder of this node's disk, found by the name that its files begin with.</summary>
internal static class LocalArtifact
{
    /// <summary>pg_dump's own folder while a dump in directory format is made.</summary>
    public const string StagingSuffix = ".folder" + Durable.PartialSuffix;

    /// <summary>Where such a dump is unpacked to be read.</summary>
    public const string UnpackedSuffix = ".verify" + Durable.PartialSuffix;

    private const string CorruptSuffix = ".corrupt";

    public static bool IsIn(string folder, string baseName) => Entries(folder, baseName).Any();

    /// <summary>Deletes every file and folder of it.</summary>
    public static void Discard(string folder, string baseName)
    {
        foreach (var entry in Entries(folder, baseName))
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory) directory.Delete(recursive: true);
            else entry.Delete();
        }
        if (Directory.Exists(folder)) Durable.FlushFolder(folder);
    }

    /// <summary>Renames files to <c>NAME.corrupt</c>.</summary>
    public static IReadOnlyList<ArtifactFile> Quarantine(string folder, IReadOnlyList<ArtifactFile> files)
    {
        var renamed = files.Select(file => file with { Name = file.Name + CorruptSuffix, Path = PathIn(folder, file.Name + CorruptSuffix) }).ToList();
        foreach (var (file, now) in files.Zip(renamed))
            if (File.Exists(PathIn(folder, file.Name))) File.Move(PathIn(folder, file.Name), now.Path!, overwrite: true);
        Durable.FlushFolder(folder);
        return renamed;
    }

    /// <summary>BASE.dump and BASE_globals.sql, but not a longer database name that only begins alike: a base ends with time and host.</summary>
    public static bool Belongs(string name, string baseName) =>
        name.StartsWith(baseName + ".", StringComparison.Ordinal) || name.StartsWith(baseName + "_globals.", StringComparison.Ordinal);

    private static string PathIn(string folder, string name) =>
        RootedPath.TryResolve(folder, name) ?? throw new ArgumentException($"'{name}' leads out of {folder}.", nameof(name));

    // Names are compared here: a pattern would read * and ? in them.
    private static IReadOnlyList<FileSystemInfo> Entries(string folder, string baseName) => Directory.Exists(folder)
        ? [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => Belongs(entry.Name, baseName))] : [];
}
