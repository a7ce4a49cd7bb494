using System.Buffers;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>
/// Programs that feed one another. What one prints the next reads through a named pipe of the kernel, so the bytes don't pass
/// through this process, and yet each one's exit code counts (a shell's pipeline hides all but the last).
/// </summary>
public sealed class ProcessChain : IAsyncDisposable
{
    private const int BufferBytes = 1024 * 1024;
    private const int WorthWaiting = 256 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private const int SigKill = 9;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<ChildProcess> _stages;
    private readonly NamedPipe? _link;

    private ProcessChain(IReadOnlyList<ChildProcess> stages, NamedPipe? link) => (_stages, _link) = (stages, link);

    /// <summary>Starts a program, or two of which the second reads what the first prints.</summary>
    /// <exception cref="ToolMissingException">One is not there; none is left running.</exception>
    public static ProcessChain Start(ProcessSpec first, ProcessSpec? second, Action<string>? onErrorLine)
    {
        if (second is null) return new ProcessChain([ChildProcess.Start(first, onErrorLine)], link: null);
        // Looked for before the first starts, which would wait for its reader for ever.
        if (!File.Exists(second.FileName)) throw new ToolMissingException(second.FileName);
        var link = NamedPipe.Create();
        try
        {
            return new ProcessChain([ChildProcess.Start(link.Writer(first), onErrorLine), ChildProcess.Start(link.Reader(second), onErrorLine)], link);
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>Hands what the last program prints to the sink, and waits for all programs.</summary>
    /// <returns>Null when every program ended with 0; else the one that made the chain fail.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; every program was killed.</exception>
    public async Task<FailedStage?> RunAsync(Action<ReadOnlySpan<byte>> sink, CancellationToken cancellationToken)
    {
        // A read of a pipe knows no cancelling; killing the programs ends it.
        await using var registration = cancellationToken.Register(KillAll);
        var exits = _stages.Select(stage => stage.WaitAsync(CancellationToken.None)).ToList();
        _ = exits[0].ContinueWith(_ => _link?.WriterEnded(), TaskScheduler.Default);
        _ = exits[^1].ContinueWith(_ => _link?.Release(), TaskScheduler.Default);
        Exception? broken = null;
        try
        {
            // A thread of its own: it blocks for as long as the dump takes.
            await Task.Factory.StartNew(() => Copy(_stages[^1].Output, sink), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception e)
        {
            // The sink refused (a full disk): nothing that the programs still do is of use.
            broken = e;
            KillAll();
        }
        await EndAsync(Task.WhenAll(exits));
        cancellationToken.ThrowIfCancellationRequested();
        if (broken is not null) throw broken;
        // A program that fails takes down the one before it (a closed pipe), not the one behind it (which reads a short input to its end).
        for (var i = _stages.Count - 1; i >= 0; i--)
            if (await exits[i] is var exitCode and not 0) return new FailedStage(_stages[i].Name, exitCode, _stages[i].ErrorTail);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stage in _stages) await stage.DisposeAsync();
        _link?.Dispose();
    }

    // The last program's output has ended. One that was killed before it opened the pipe leaves the other waiting.
    private async Task EndAsync(Task<int[]> all)
    {
        try
        {
            await all.WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            KillAll();
            await all;
        }
    }

    private void KillAll()
    {
        foreach (var stage in _stages) stage.Signal(SigKill);
    }

    private static void Copy(Stream from, Action<ReadOnlySpan<byte>> to)
    {
        using var rented = MemoryPool<byte>.Shared.Rent(BufferBytes);
        var buffer = rented.Memory.Span;
        for (int read; (read = from.Read(buffer)) > 0;)
        {
            to(buffer[..read]);
            // pg_dump writes 4 KiB at a time. Taking each at once would cost a switch between processes for each; the pipe holds 1 MiB.
            if (read < WorthWaiting) Thread.Sleep(Pause);
        }
    }
}

/// <summary>The program that made a chain fail.</summary>
public sealed record FailedStage(string Name, int ExitCode, string Errors);
