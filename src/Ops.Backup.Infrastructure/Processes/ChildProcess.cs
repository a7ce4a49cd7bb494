using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>
/// A running program in a session (and so a process group) of its own: killing it kills its children too, Ctrl-C in the terminal
/// does not reach it, and the kernel ends it when this service dies, however that happens. Its error stream is always drained.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly ErrorOutput _errors;
    private readonly Task _drained;
    private int _disposed;

    private ChildProcess(Process process, ProcessSpec spec, Action<string>? onErrorLine)
    {
        _process = process;
        Name = spec.Name;
        Id = process.Id;
        _errors = new ErrorOutput(onErrorLine);
        _drained = Task.Run(() => _errors.DrainAsync(process.StandardError));
        if (Output is PipeStream pipe) Posix.EnlargePipe((int)pipe.SafePipeHandle.DangerousGetHandle());
        if (!spec.TakesInput) process.StandardInput.Close();
    }

    public string Name { get; }

    public int Id { get; }

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>The last 64 KiB that the program wrote to its error stream.</summary>
    public string ErrorTail => _errors.Tail;

    /// <exception cref="ToolMissingException">The program is not there or may not be run.</exception>
    public static ChildProcess Start(ProcessSpec spec, Action<string>? onErrorLine = null)
    {
        if (!File.Exists(spec.FileName)) throw new ToolMissingException(spec.FileName);
        // util-linux is on every Debian: setsid makes the group, setpriv asks the kernel for the signal at our death.
        var info = new ProcessStartInfo("/usr/bin/setsid")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = spec.WorkingDirectory ?? "/",
        };
        info.ArgumentList.Add("/usr/bin/setpriv");
        if (spec.RunAs is { } user)
        {
            info.ArgumentList.Add($"--reuid={user}");
            info.ArgumentList.Add($"--regid={user}");
            info.ArgumentList.Add("--init-groups");
        }
        info.ArgumentList.Add("--pdeathsig");
        info.ArgumentList.Add(spec.SignalOnParentDeath);
        info.ArgumentList.Add("--");
        info.ArgumentList.Add(spec.FileName);
        foreach (var argument in spec.Arguments) info.ArgumentList.Add(argument);
        info.Environment.Clear();
        info.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        info.Environment["LC_ALL"] = "C";
        foreach (var (key, value) in spec.Environment) info.Environment[key] = value;
        try
        {
            return new ChildProcess(ProcessLauncher.Start(info), spec, onErrorLine);
        }
        catch (Win32Exception e)
        {
            throw new ToolMissingException(info.FileName, e);
        }
    }

    /// <summary>Waits for the end and for the last error line. Cancelling ends the whole group: TERM, then KILL after five seconds.</summary>
    /// <returns>The exit code; 128 + n when signal n ended it.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await StopAsync();
            throw;
        }
        await DrainedAsync();
        return _process.ExitCode;
    }

    /// <summary>Ends the whole group: TERM, and KILL for what is still there after five seconds.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            Signal(UnixSignal.Terminate);
            // A program that somebody stopped hears it only when it goes on.
            Signal(UnixSignal.Continue);
            try { await _process.WaitForExitAsync().WaitAsync(Grace); }
            catch (TimeoutException) { /* it did not listen; the KILL below ends it */ }
        }
        // Also when the leader is gone: a worker of its group may not be.
        Signal(UnixSignal.Kill);
        await _process.WaitForExitAsync();
        await DrainedAsync();
    }

    /// <summary>Sends a signal to the group, for a server that has its own meaning for it (PostgreSQL: INT is a fast shutdown).</summary>
    public void Signal(int signal)
    {
        // Before the child has made its own group the group's number does not exist yet.
        if (!UnixSignal.Send(-Id, signal) && !_process.HasExited) UnixSignal.Send(Id, signal);
    }

    public async ValueTask DisposeAsync()
    {
        // Once only: later the number may be another process's.
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await StopAsync();
        _process.Dispose();
    }

    // A grandchild that outlives the group's leader can hold the error pipe open; it is not worth waiting for.
    private async Task DrainedAsync()
    {
        try { await _drained.WaitAsync(Grace); }
        catch (TimeoutException) { /* what was read so far is in the tail */ }
    }
}
