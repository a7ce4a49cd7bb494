namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>Makes folders and files whose rights don't depend on the umask that the service happened to be started with.</summary>
internal static class ServiceFolder
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>As root, others may pass through (the server runs as the user postgres) but not list; else it is ours alone.</summary>
    private static UnixFileMode Mode => Environment.IsPrivilegedProcess ? Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : Owner;

    /// <summary>Makes the folder and its missing parents; an existing folder keeps the rights that somebody gave it.</summary>
    public static void Create(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { Length: > 0 } parent) Create(parent);
        CreateExactly(folder, Mode);
    }

    public static void CreatePrivate(string folder) => CreateExactly(folder, Owner);

    /// <summary>Writes a file that only we may read; a crash leaves the old one or the new one, whole.</summary>
    public static void WritePrivateFile(string path, string text)
    {
        var partial = path + ".partial";
        File.Delete(partial);
        using (var file = new FileStream(partial, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
    }

    private static void CreateExactly(string folder, UnixFileMode mode)
    {
        Directory.CreateDirectory(folder, mode);
        File.SetUnixFileMode(folder, mode);
    }
}
