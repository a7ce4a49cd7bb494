namespace Ops.Backup.Infrastructure.Files;

/// <summary>Paths that stay under their root, whatever the name says and wherever links lead.</summary>
public static class RootedPath
{
    /// <returns>The full path, or null when it would leave the root.</returns>
    public static string? TryResolve(string root, string path)
    {
        var fullRoot = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        var full = Path.GetFullPath(path, fullRoot);
        if (!full.StartsWith(fullRoot + '/', StringComparison.Ordinal)) return null;
        // Below the root no link is followed: one that was planted there would lead out of it.
        for (var part = full; part.Length > fullRoot.Length; part = Path.GetDirectoryName(part)!)
            if (new FileInfo(part).LinkTarget is not null) return null;
        return full;
    }
}
