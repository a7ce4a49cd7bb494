using System.Runtime.InteropServices;

namespace Ops.Backup.Infrastructure.Files;

/// <summary>The calls that .NET has no face for.</summary>
internal static partial class Posix
{
    public const int ReadOnly = 0;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    private const int SetPipeSize = 1031;
    private const int PipeBytes = 1024 * 1024;

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

    /// <summary>Makes a pipe as large as an ordinary user may: fewer wake-ups for whom it connects. It works without, only slower.</summary>
    public static void EnlargePipe(int pipe) => _ = Control(pipe, SetPipeSize, PipeBytes);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);
}
