using System.Runtime.InteropServices;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>Signals by number, which .NET has no call for.</summary>
internal static partial class UnixSignal
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;

    /// <summary>To a process, or with a negative number to a process group. False when there is none or we may not.</summary>
    public static bool Send(int processId, int signal) => SendSignal(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
