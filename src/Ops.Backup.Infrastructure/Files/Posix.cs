using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ops.Backup.Infrastructure.Files;

/// <summary>The calls that .NET has no face for.</summary>
internal static partial class Posix
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    private const uint BeginOnly = 2;
    private const int SetPipeSize = 1031;
    private const int PipeBytes = 1024 * 1024;
    public const int NoSuchFile = 2;
    public const int FileExists = 17;
    public const int NoSpaceLeft = 28;
    public const int QuotaExceeded = 122;

    /// <summary>The last part of the path is a link.</summary>
    public const int IsLink = 40;

    // These two have other values on ARM than elsewhere.
    public static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    private const int CurrentFolder = -100;
    private const uint NoReplace = 1;
    private const int InvalidArgument = 22;
    private const int NoSuchCall = 38;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7FF;

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

    /// <summary>Asks the kernel to begin writing a part of a file to the disk; it does not wait, and promises nothing.</summary>
    public static void StartWriting(SafeFileHandle file, long offset, long bytes) => _ = SyncRange(file, offset, bytes, BeginOnly);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncRange(SafeFileHandle file, long offset, long bytes, uint flags);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFifo(string path, uint mode);

    /// <summary>What an open file is, as nobody can swap it any more. struct statx has one layout on every architecture.</summary>
    public static FileFacts Facts(SafeFileHandle file, string path)
    {
        Span<byte> facts = stackalloc byte[256];
        if (StatX(file, "", EmptyPath, BasicStats, facts) != 0) throw LastError("look at", path);
        var seconds = BinaryPrimitives.ReadInt64LittleEndian(facts[112..]);
        var nanoseconds = BinaryPrimitives.ReadUInt32LittleEndian(facts[120..]);
        return new FileFacts(
            IsRegular: (BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]) & 0xF000) == 0x8000,
            Length: BinaryPrimitives.ReadInt64LittleEndian(facts[40..]),
            ModifiedAt: DateTimeOffset.UnixEpoch.AddTicks((seconds * TimeSpan.TicksPerSecond) + (nanoseconds / 100)));
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(SafeFileHandle folder, string path, int flags, uint mask, Span<byte> facts);

    /// <summary>Gives a file another name, unless that is taken: one step, so that of two only one can have it.</summary>
    /// <returns>False where the file system does not know how.</returns>
    public static bool TryRenameToFreeName(string from, string to)
    {
        if (RenameAt(CurrentFolder, from, CurrentFolder, to, NoReplace) == 0) return true;
        return Marshal.GetLastPInvokeError() is InvalidArgument or NoSuchCall ? false : throw LastError("rename", $"{from} to {to}");
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);
}

internal readonly record struct FileFacts(bool IsRegular, long Length, DateTimeOffset ModifiedAt);
