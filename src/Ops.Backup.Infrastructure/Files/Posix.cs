using System.Runtime.InteropServices;

namespace Ops.Backup.Infrastructure.Files;

/// <summary>The calls that .NET has no face for.</summary>
internal static partial class Posix
{
    public const int ReadOnly = 0;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    /// <summary>The last part of the path is a link.</summary>
    public const int ErrorLoop = 40;

    // These two have other values on ARM than elsewhere.
    public static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    public static IOException LastError(string what, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Can't {what} {path}: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);
}
