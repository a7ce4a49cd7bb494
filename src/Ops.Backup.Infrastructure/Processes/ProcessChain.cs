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
    private const int Signalled = 128;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<ChildProcess> _stages;
    private readonly IReadOnlyList<NamedPipe> _links;

    private ProcessChain(IReadOnlyList<ChildProcess> stages, IReadOnlyList<NamedPipe> links) => (_stages, _links) = (stages, links);

    /// <summary>Starts programs of which each reads what the one before it prints.</summary>
    /// <exception cref="ToolMissingException">One is not there; none is left running.</exception>
    public static ProcessChain Start(IReadOnlyList<ProcessSpec> programs, Action<string>? onErrorLine)
    {
        // Looked for before the first starts, which would wait for its reader for ever.
        if (programs.FirstOrDefault(program => !File.Exists(program.FileName)) is { } missing) throw new ToolMissingException(missing.FileName);
        var links = new List<NamedPipe>();
        var stages = new List<ChildProcess>();
        try
        {
            for (var i = 1; i < programs.Count; i++) links.Add(NamedPipe.Create());
            for (var i = 0; i < programs.Count; i++)
            {
                var program = i > 0 ? links[i - 1].Reader(programs[i]) : programs[i];
                stages.Add(ChildProcess.Start(i < links.Count ? links[i].Writer(program) : program, onErrorLine));
            }
            return new ProcessChain(stages, links);
        }
        catch
        {
            foreach (var stage in stages) stage.Signal(SigKill);
            foreach (var link in links) link.Dispose();
            throw;
        }
    }

    /// <summary>Pours what the last program prints into the sink, and waits for all programs.</summary>
    /// <param name="input">What the first program reads, if it takes input.</param>
    /// <returns>Null when every program ended with 0; else the one that made the chain fail.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; every program was killed.</exception>
    public async Task<FailedStage?> RunAsync(IBufferWriter<byte> sink, CancellationToken cancellationToken, Stream? input = null)
    {
        // A read of a pipe knows no cancelling; killing the programs ends it.
        await using var registration = cancellationToken.Register(KillAll);
        var exits = _stages.Select(stage => stage.WaitAsync(CancellationToken.None)).ToList();
        for (var i = 0; i < _links.Count; i++)
        {
            var link = _links[i];
            _ = exits[i].ContinueWith(_ => link.WriterEnded(), TaskScheduler.Default);
            _ = exits[i + 1].ContinueWith(_ => link.Release(), TaskScheduler.Default);
        }
        var fed = input is null ? Task.CompletedTask : FeedAsync(input, cancellationToken);
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
        try { await fed; }
        catch (Exception e) { broken ??= e; }
        cancellationToken.ThrowIfCancellationRequested();
        if (broken is not null) throw broken;
        return await CulpritAsync(exits);
    }

    // A program that fails takes down the one before it, whose pipe is closed, and may take down the one behind it, which complains of a
    // short input. So it is the first that has a complaint of its own; where none has (all were killed), the last that failed.
    private async Task<FailedStage?> CulpritAsync(List<Task<int>> exits)
    {
        FailedStage? last = null;
        for (var i = 0; i < _stages.Count; i++)
        {
            var exitCode = await exits[i];
            if (exitCode == 0) continue;
            last = new FailedStage(_stages[i].Name, exitCode, _stages[i].ErrorTail);
            if (exitCode < Signalled && !last.Errors.Contains("roken pipe", StringComparison.Ordinal)) return last;
        }
        return last;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stage in _stages) await stage.DisposeAsync();
        foreach (var link in _links) link.Dispose();
    }

    // What can't be read must not look like an end; a program that wants no more closes its input, and its exit code tells why.
    private async Task FeedAsync(Stream input, CancellationToken cancellationToken)
    {
        var to = _stages[0].Input;
        using var rented = MemoryPool<byte>.Shared.Rent(BufferBytes);
        var buffer = rented.Memory;
        try
        {
            for (int read; (read = await input.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                try { await to.WriteAsync(buffer[..read], cancellationToken); }
                catch (IOException) { return; }
            }
            try { to.Close(); }
            catch (IOException) { /* it closed first */ }
        }
        catch
        {
            KillAll();
            throw;
        }
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

    private static void Copy(Stream from, IBufferWriter<byte> to)
    {
        while (true)
        {
            var space = to.GetSpan(BufferBytes);
            var read = from.Read(space);
            if (read == 0) return;
            to.Advance(read);
            // pg_dump writes 4 KiB at a time. Taking each at once would cost a switch between processes for each; the pipe holds 1 MiB.
            if (read < WorthWaiting && read < space.Length) Thread.Sleep(Pause);
        }
    }
}

/// <summary>The program that made a chain fail.</summary>
public sealed record FailedStage(string Name, int ExitCode, string Errors);
