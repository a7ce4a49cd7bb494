namespace Ops.Backup.Infrastructure.Files;

/// <summary>Folders that a file's name brings with it: they are there from the first file on, and go with the last.</summary>
internal static class SubFolders
{
    private const int Tries = 10;

    /// <summary>Makes the folder of a file under the root, and then the file.</summary>
    public static T Create<T>(string root, string path, Func<T> create)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                MakeFolder(root, Path.GetDirectoryName(path)!);
                return create();
            }
            catch (DirectoryNotFoundException) when (attempt < Tries)
            {
                // Somebody deleted the last file that was in it, and the folder with it.
            }
        }
    }

    /// <summary>Removes the folder and those above it, as far as nothing is in them; the root stays.</summary>
    public static void RemoveEmpty(string root, string folder)
    {
        for (; folder.StartsWith(root + '/', StringComparison.Ordinal); folder = Path.GetDirectoryName(folder)!)
        {
            try
            {
                Directory.Delete(folder, recursive: false);
            }
            catch (DirectoryNotFoundException)
            {
                // Another one was faster; the folder above may still be ours to remove.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return; // something is in it, or it is to stay; an empty folder harms nobody
            }
        }
    }

    // Owner only, as the files: a dump holds everything that the database does. .NET gives the mode to the last
    // folder alone; those above the root are others' too.
    private static void MakeFolder(string root, string folder)
    {
        if (Directory.Exists(folder)) return;
        if (folder.StartsWith(root + '/', StringComparison.Ordinal)) MakeFolder(root, Path.GetDirectoryName(folder)!);
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (IOException e) when (e.HResult == Posix.FileExists)
        {
            // As an error of its own: it is not the file that is there already.
            throw new IOException($"A file is in the place of the folder {folder}.", e);
        }
    }
}
