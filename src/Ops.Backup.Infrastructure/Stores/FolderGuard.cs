using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>Turns what the operating system says of a folder into what a store says, with advice.</summary>
internal sealed class FolderGuard(string root)
{
    /// <summary>Of the disk that the folder is on, or will be.</summary>
    public StoreSpace Space()
    {
        var folder = Path.GetFullPath(root);
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        var drive = new DriveInfo(folder);
        return new StoreSpace(drive.AvailableFreeSpace, drive.TotalSize);
    }

    public void Run(Action work, string? exists = null) => Run(() => { work(); return true; }, exists);

    /// <param name="exists">What to say when a name is taken, where that can be.</param>
    public T Run<T>(Func<T> work, string? exists = null)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(e, exists);
        }
    }

    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(e, exists: null);
        }
    }

    private StoreException Refusal(Exception e, string? exists) => e.HResult switch
    {
        Posix.NoSpaceLeft or Posix.QuotaExceeded => new StoreException(StoreCodes.DiskFull, $"{root} is full: {FreeSpace()}. Make room there, or choose a larger disk.", isTransient: true, e),
        Posix.FileExists when exists is not null => new StoreException(StoreCodes.Exists, exists, isTransient: true, e),
        _ when e is UnauthorizedAccessException => new StoreException(StoreCodes.Denied, $"{e.Message} Give the service's user the right to read and write in {root}.", isTransient: false, e),
        _ when e.Message.Contains("CRC-32C", StringComparison.Ordinal) => new StoreException(StoreCodes.Corrupted, $"{e.Message} Distrust that disk.", isTransient: true, e),
        _ => new StoreException(StoreCodes.Failed, $"{e.Message} Check that {root} is a folder, and its disk is mounted and healthy.", isTransient: true, e),
    };

    // A quota may be used up while the disk has room, so the number is said and not judged.
    private string FreeSpace()
    {
        try
        {
            var space = Space();
            return FormattableString.Invariant($"{space.FreeBytes} of {space.TotalBytes} bytes are free");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "its free space can't be told";
        }
    }
}
