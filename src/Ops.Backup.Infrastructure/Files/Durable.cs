namespace Ops.Backup.Infrastructure.Files;

/// <summary>
/// What is on the disk after a power loss: a file's bytes are there once they were flushed, but its <em>name</em> only once its
/// folder was, and .NET can't open a folder. Errors are IOExceptions.
/// </summary>
public static class Durable
{
    public const string PartialSuffix = ".partial";

    /// <summary>Writes the whole file or, whatever happens, leaves the one that was there: <c>.partial</c>, flush, rename, flush the folder.</summary>
    public static void WriteAtomically(string path, ReadOnlySpan<byte> content)
    {
        var partial = path + PartialSuffix;
        try
        {
            // A leftover, or a link that somebody put there, must not be written through.
            File.Delete(partial);
            using (var file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            Rename(partial, path);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Gives a flushed file its final name, replacing what has it, so that the name outlives a power loss.</summary>
    public static void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Gives a flushed file its final name, unless that is taken; the folder is still to be flushed.</summary>
    public static void MoveToFreeName(string from, string to)
    {
        // NFS does not know the first way; the second takes a hard link, which is as safe there.
        if (!Posix.TryRenameToFreeName(from, to)) File.Move(from, to, overwrite: false);
    }

    /// <summary>Makes the names that were created, renamed or deleted in a folder last.</summary>
    public static void FlushFolder(string path)
    {
        var folder = Posix.Open(path, Posix.ReadOnly | Posix.DirectoryOnly | Posix.CloseOnExec);
        if (folder < 0) throw Posix.LastError("open the folder", path);
        try
        {
            if (Posix.Fsync(folder) != 0) throw Posix.LastError("flush the folder", path);
        }
        finally
        {
            _ = Posix.Close(folder);
        }
    }
}
