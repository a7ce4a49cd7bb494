using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>
/// The store on this node's disk. Files are written as <c>NAME.partial</c>, flushed and read back; only when all files of an
/// artifact are whole do they get their names, and the folder is flushed.
/// </summary>
public sealed class LocalStore(string root)
{
    private const string CorruptSuffix = ".corrupt";

    public string Root { get; } = root;

    public string PathOf(string name) => RootedPath.TryResolve(Root, name) ?? throw new ArgumentException($"'{name}' leads out of {Root}.", nameof(name));

    public PartialFile Create(string name) => new(PathOf(name + Durable.PartialSuffix));

    public async Task<ArtifactFile> WriteTextAsync(FileRole role, string name, string text, CancellationToken cancellationToken)
    {
        await using var file = Create(name);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        var stored = await file.CompleteAsync(cancellationToken);
        return new ArtifactFile(role, name, PathOf(name), stored.SizeBytes, stored.Sha256);
    }

    /// <summary>Gives every file its name. The dump comes last: as soon as it is there, so is everything beside it.</summary>
    public void Publish(IReadOnlyList<ArtifactFile> files)
    {
        foreach (var file in files.OrderBy(file => file.Role is FileRole.Dump))
            File.Move(PathOf(file.Name + Durable.PartialSuffix), PathOf(file.Name), overwrite: false);
        Durable.FlushFolder(Root);
    }

    /// <summary>Renames files to <c>NAME.corrupt</c>.</summary>
    public IReadOnlyList<ArtifactFile> Quarantine(IReadOnlyList<ArtifactFile> files)
    {
        var renamed = files.Select(file => file with { Name = file.Name + CorruptSuffix, Path = PathOf(file.Name + CorruptSuffix) }).ToList();
        foreach (var (file, now) in files.Zip(renamed))
            if (File.Exists(file.Path)) File.Move(PathOf(file.Name), now.Path, overwrite: true);
        Durable.FlushFolder(Root);
        return renamed;
    }

    /// <summary>Deletes every file and folder whose name begins with <paramref name="baseName"/>.</summary>
    public void Discard(string baseName)
    {
        if (!Directory.Exists(Root)) return;
        // Names are compared here: a pattern would read * and ? in them.
        foreach (var entry in new DirectoryInfo(Root).EnumerateFileSystemInfos().Where(entry => Belongs(entry.Name, baseName)))
        {
            if (entry is DirectoryInfo { LinkTarget: null } folder) folder.Delete(recursive: true);
            else entry.Delete();
        }
        Durable.FlushFolder(Root);
    }

    public bool Has(string baseName) => Directory.Exists(Root) && new DirectoryInfo(Root).EnumerateFileSystemInfos().Any(entry => Belongs(entry.Name, baseName));

    // BASE.dump and BASE_globals.sql, but not a longer database name that only begins alike: a base ends with time and host.
    private static bool Belongs(string name, string baseName) =>
        name.StartsWith(baseName + ".", StringComparison.Ordinal) || name.StartsWith(baseName + "_globals.", StringComparison.Ordinal);
}
