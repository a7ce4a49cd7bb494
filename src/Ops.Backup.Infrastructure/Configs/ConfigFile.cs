using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ops.Backup.Application.Configs.Files;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Configs;

/// <summary>
/// Reads a config file. A link is followed as long as it stays within the folder, which is how Kubernetes mounts files; what is checked
/// is the open file, not a name that can be swapped meanwhile.
/// </summary>
internal static class ConfigFile
{
    private const long MaxBytes = 1024 * 1024;

    /// <exception cref="Domain.ConflictException">It leads out of the folder, is no regular file, too large, or can't be read.</exception>
    public static byte[] Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        // A pipe must not block the start.
        var descriptor = Posix.Open(path, Posix.ReadOnly | Posix.NonBlocking | Posix.CloseOnExec);
        if (descriptor < 0) throw ConfigFileErrors.Invalid(name, Posix.LastError("open", path).Message);
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (!IsWithin(RealPath(folder), TargetOf(file))) throw ConfigFileErrors.Invalid(name, "it is a link that leads out of the folder; only what lies in the folder is read.");
        var facts = Posix.Facts(file, path);
        if (!facts.IsRegular) throw ConfigFileErrors.Invalid(name, "it is not a regular file.");
        if (facts.Length > MaxBytes) throw ConfigFileErrors.Invalid(name, $"it has {facts.Length} bytes; at most {MaxBytes} are read.");
        try
        {
            var bytes = new byte[facts.Length];
            for (var read = 0; read < bytes.Length;)
            {
                var count = RandomAccess.Read(file, bytes.AsSpan(read), read);
                if (count == 0) throw ConfigFileErrors.Invalid(name, "it became shorter while it was read.");
                read += count;
            }
            return bytes;
        }
        catch (IOException e)
        {
            throw ConfigFileErrors.Invalid(name, e.Message);
        }
    }

    private static string RealPath(string folder)
    {
        var descriptor = Posix.Open(folder, Posix.ReadOnly | Posix.DirectoryOnly | Posix.CloseOnExec);
        if (descriptor < 0) throw ConfigFileErrors.Invalid(folder, Posix.LastError("open", folder).Message);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return TargetOf(handle);
    }

    // The kernel's own name of what is open, all links resolved.
    private static string TargetOf(SafeFileHandle file) => new FileInfo($"/proc/self/fd/{file.DangerousGetHandle()}").LinkTarget ?? "";

    private static bool IsWithin(string folder, string target) => target.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);
}
