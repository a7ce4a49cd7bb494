namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>
/// The server's log, at most two files of 10 MB. The service writes it rather than the server's own collector, which never
/// shortens a log that keeps its name.
/// </summary>
internal sealed class RotatingLog(string path) : IDisposable
{
    private const long Limit = 10 * 1024 * 1024;
    private readonly Lock _gate = new();
    private StreamWriter? _writer;

    public void WriteLine(string line)
    {
        lock (_gate)
        {
            try
            {
                _writer ??= Open();
                _writer.WriteLine(line);
                if (_writer.BaseStream.Length <= Limit) return;
                Close();
                File.Move(path, path + ".1", overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk must not stop the server for want of a reader of its error stream: this line is lost, the next may be written.
                Close();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate) Close();
    }

    private StreamWriter Open()
    {
        ServiceFolder.Create(Path.GetDirectoryName(path)!);
        return new StreamWriter(new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            // Statements of users may be in it.
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        { AutoFlush = true };
    }

    private void Close()
    {
        try { _writer?.Dispose(); }
        catch (IOException) { /* the disk is full; the file is closed all the same */ }
        _writer = null;
    }
}
