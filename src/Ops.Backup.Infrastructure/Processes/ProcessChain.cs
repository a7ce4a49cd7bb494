namespace Ops.Backup.Infrastructure.Processes;

/// <summary>
/// Programs that feed one another: what one prints the next reads, through this process, so that each one's exit code counts.
/// (A shell's pipeline hides all but the last.) Memory is one buffer a link; a slow reader slows the writer.
/// </summary>
public sealed class ProcessChain : IAsyncDisposable
{
    private const int BufferBytes = 256 * 1024;
    private readonly List<ChildProcess> _stages = [];

    /// <summary>Starts a further stage, which reads what the one before it prints.</summary>
    public ProcessChain Add(ProcessSpec spec, Action<string>? onErrorLine)
    {
        _stages.Add(ChildProcess.Start(spec with { TakesInput = spec.TakesInput || _stages.Count > 0 }, onErrorLine));
        return this;
    }

    /// <summary>Moves everything from the first stage to the last and waits for all of them.</summary>
    /// <param name="feed">Writes the first stage's input, or null when it takes none.</param>
    /// <param name="sink">Gets what the last stage prints, in order.</param>
    /// <returns>Null when every stage ended with 0; else the stage that failed first: the others fail because of it.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; every stage was killed.</exception>
    public async Task<FailedStage?> RunAsync(Action<Stream>? feed, Action<ReadOnlySpan<byte>> sink, CancellationToken cancellationToken)
    {
        // Reads and writes block a thread each: pipes know no cancelling, killing the programs ends them.
        await using var registration = cancellationToken.Register(() => { foreach (var stage in _stages) stage.Signal(9); });
        var moves = new List<Task>();
        if (feed is not null) moves.Add(OnThread(() => Feed(feed, _stages[0].Input)));
        for (var i = 1; i < _stages.Count; i++)
        {
            var (from, to) = (_stages[i - 1].Output, _stages[i].Input);
            moves.Add(OnThread(() => Feed(stream => Copy(from, bytes => stream.Write(bytes)), to)));
        }
        Exception? broken = null;
        try
        {
            await OnThread(() => Copy(_stages[^1].Output, sink));
        }
        catch (Exception e)
        {
            // The sink refused (a full disk): nothing that the stages still do is of use.
            broken = e;
            foreach (var stage in _stages) stage.Signal(9);
        }
        var exits = await Task.WhenAll(_stages.Select(stage => stage.WaitAsync(CancellationToken.None)));
        var moved = await Task.WhenAll(moves.Select(ErrorOfAsync));
        cancellationToken.ThrowIfCancellationRequested();
        if (broken is not null) throw broken;
        // A failing stage takes down those before it (a closed pipe), not those behind it (they read a short input to its end).
        for (var i = _stages.Count - 1; i >= 0; i--)
            if (exits[i] != 0) return new FailedStage(_stages[i].Name, exits[i], _stages[i].ErrorTail);
        if (moved.FirstOrDefault(error => error is not null) is { } unexpected) throw unexpected;
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stage in _stages) await stage.DisposeAsync();
    }

    private static Task OnThread(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task<Exception?> ErrorOfAsync(Task task)
    {
        try { await task; return null; }
        catch (Exception e) { return e; }
    }

    private static void Feed(Action<Stream> write, Stream input)
    {
        using (input) write(input);
    }

    private static void Copy(Stream from, Action<ReadOnlySpan<byte>> to)
    {
        var buffer = new byte[BufferBytes];
        for (int read; (read = from.Read(buffer)) > 0;) to(buffer.AsSpan(0, read));
    }
}

/// <summary>The program that made a chain fail.</summary>
public sealed record FailedStage(string Name, int ExitCode, string Errors);
