using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>
/// Starts every child from one thread that never ends. The kernel's parent-death signal is tied to the *thread* that forked:
/// a child started from a pool thread would be killed when the pool retires that thread.
/// </summary>
internal static class ProcessLauncher
{
    private static readonly BlockingCollection<Action> Starts = [];

    static ProcessLauncher() =>
        new Thread(() => { foreach (var start in Starts.GetConsumingEnumerable()) start(); }) { IsBackground = true, Name = "process launcher" }.Start();

    public static Process Start(ProcessStartInfo info)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() =>
        {
            try { started.SetResult(Process.Start(info)!); }
            catch (Exception e) { started.SetException(e); }
        });
        return started.Task.GetAwaiter().GetResult();
    }
}
