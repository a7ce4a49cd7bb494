using System.Text;

namespace Ops.Backup.Infrastructure.PgTools;

/// <summary>
/// A password in a file that only this user can read (0600, or libpq ignores it), in a private folder; deleted with this object.
/// A process list, an environment and a log can be read by others, a 0600 file can't.
/// </summary>
public sealed class PassFile : IDisposable
{
    private readonly string _folder;

    private PassFile(string folder) => _folder = folder;

    public string Path => System.IO.Path.Combine(_folder, "pgpass");

    public static PassFile Create(string password)
    {
        var file = new PassFile(Directory.CreateTempSubdirectory("ops-backup-").FullName);
        File.SetUnixFileMode(file._folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var escaped = password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
        using var stream = new FileStream(file.Path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        stream.Write(Encoding.UTF8.GetBytes($"*:*:*:*:{escaped}\n"));
        return file;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
