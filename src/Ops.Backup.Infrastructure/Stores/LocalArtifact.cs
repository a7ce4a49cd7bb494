using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>All that a run has in a folder of this node's disk, found by the name, which may be a path, that its files begin with.</summary>
internal static class LocalArtifact
{
    private const string StagingSuffix = ".folder" + Durable.PartialSuffix;
    private const string UnpackedSuffix = ".verify" + Durable.PartialSuffix;
    private const string CorruptSuffix = ".corrupt";

    /// <summary>pg_dump's own folder while a dump in directory format is made.</summary>
    public static string StagingFolder(string folder, string baseName) => Path.Combine(folder, ArtifactName.Flat(baseName) + StagingSuffix);

    /// <summary>Where such a dump is unpacked to be read.</summary>
    public static string UnpackedFolder(string folder, string baseName) => Path.Combine(folder, ArtifactName.Flat(baseName) + UnpackedSuffix);

    public static bool IsIn(string folder, string baseName) => Entries(folder, baseName).Count > 0;

    /// <summary>Deletes every file and folder of it, and the folders that this leaves empty.</summary>
    public static void Discard(string folder, string baseName)
    {
        foreach (var entry in Entries(folder, baseName))
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory) directory.Delete(recursive: true);
            else entry.Delete();
        }
        if (OwnFolder(folder, baseName) is not { } own) return;
        Durable.FlushFolder(own);
        SubFolders.RemoveEmpty(FullRoot(folder), own);
    }

    /// <summary>Renames files to <c>NAME.corrupt</c>.</summary>
    /// <param name="root">The folder that their names are paths under.</param>
    /// <param name="files">What the run made.</param>
    public static IReadOnlyList<ArtifactFile> Quarantine(string root, IReadOnlyList<ArtifactFile> files)
    {
        var renamed = files.Select(file => file with { Name = file.Name + CorruptSuffix, Path = PathIn(root, file.Name + CorruptSuffix) }).ToList();
        foreach (var (file, now) in files.Zip(renamed))
            if (File.Exists(PathIn(root, file.Name))) File.Move(PathIn(root, file.Name), now.Path!, overwrite: true);
        foreach (var folder in renamed.Select(file => Path.GetDirectoryName(file.Path)!).Distinct(StringComparer.Ordinal))
            if (Directory.Exists(folder)) Durable.FlushFolder(folder);
        return renamed;
    }

    /// <summary>The folder that a file's name is a path under; null when the file is on no disk, or lies elsewhere than its name says.</summary>
    public static string? RootOf(ArtifactFile file) =>
        file.Path is { } path && path.EndsWith('/' + file.Name, StringComparison.Ordinal) ? path[..^(file.Name.Length + 1)] : null;

    private static string PathIn(string folder, string name) =>
        RootedPath.TryResolve(folder, name) ?? throw new ArgumentException($"'{name}' leads out of {folder}.", nameof(name));

    private static string FullRoot(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    // Null when it is not there, or a link on the way would lead out of the folder.
    private static string? OwnFolder(string folder, string baseName) =>
        RootedPath.TryResolve(folder, baseName) is { } path && Path.GetDirectoryName(path) is { } own && Directory.Exists(own) ? own : null;

    // Names are compared here: a pattern would read * and ? in them.
    private static List<FileSystemInfo> Entries(string folder, string baseName)
    {
        var found = new List<FileSystemInfo>();
        if (OwnFolder(folder, baseName) is { } own)
            found.AddRange(new DirectoryInfo(own).EnumerateFileSystemInfos().Where(entry => ArtifactName.Belongs(entry.Name, Path.GetFileName(baseName))));
        if (baseName.Contains('/', StringComparison.Ordinal))
            found.AddRange(new[] { StagingFolder(folder, baseName), UnpackedFolder(folder, baseName) }.Select(path => new DirectoryInfo(path)).Where(made => made.Exists));
        return found;
    }
}
