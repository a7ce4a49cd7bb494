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

    /// <param name="password">Null where the server asks for none: then the file is empty, and libpq does not look for another.</param>
    public static PassFile Create(string? password)
    {
        var file = new PassFile(Directory.CreateTempSubdirectory("ops-backup-").FullName);
        File.SetUnixFileMode(file._folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        file.Write(password is null ? "" : $"*:*:*:*:{password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal)}\n");
        return file;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string text)
    {
        using var stream = new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
