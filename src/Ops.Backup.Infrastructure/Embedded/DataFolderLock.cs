using System.Globalization;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>
/// One service, one data folder. The lock is the open file, not its existence: the kernel drops it at any death of the holder,
/// so nothing stale can stay behind. The process id in the file is for the message only.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private const int WouldBlock = 11;
    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Makes the folder when it is missing, and holds it until the lock is disposed.</summary>
    /// <exception cref="EmbeddedPostgresException">Another service holds the folder, or it can't be written.</exception>
    public static DataFolderLock Acquire(string dataFolder)
    {
        var path = Path.Combine(dataFolder, "service.lock");
        try
        {
            ServiceFolder.Create(dataFolder);
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new DataFolderLock(file);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new EmbeddedPostgresException(
                $"The data folder {dataFolder} is in use by another service (process {HolderOf(path)}). Stop that one, or choose another data folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException(
                $"The data folder {dataFolder} can't be used: {e.Message} Choose one that the user {Environment.UserName} may write.", e);
        }
    }

    public void Dispose() => _file.Dispose();

    // .NET takes a shared lock for every reader, which the holder's refuses; cat takes none.
    private static string HolderOf(string path)
    {
        var read = Tool.RunAsync(new ProcessSpec("/usr/bin/cat", ["--", path]), null, CancellationToken.None).GetAwaiter().GetResult();
        return read.ExitCode == 0 && read.Output.Trim() is { Length: > 0 } pid ? pid : "unknown";
    }
}
