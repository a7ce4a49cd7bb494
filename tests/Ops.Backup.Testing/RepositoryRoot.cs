namespace Ops.Backup.Testing;

/// <summary>The folder of Ops.Backup.sln, found from wherever the tests were built to.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find(DirectoryInfo? folder)
    {
        while (folder is not null && !System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Ops.Backup.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No Ops.Backup.sln above {AppContext.BaseDirectory}.");
    }
}
