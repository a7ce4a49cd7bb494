using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>A pipe with a name, in a private folder, between two programs.</summary>
internal sealed class NamedPipe : IDisposable
{
    // The redirection needs a shell, but nothing is put into its script: program and arguments are its positional parameters.
    private const string WriteScript = """exec "$@" >"$0" """;
    private const string ReadScript = """exec <"$0" && : >"$0.read" && exec "$@" """;
    private const string Shell = "/bin/sh";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);
    private const uint OwnerOnly = 0b110_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("ops-backup-pipe-").FullName;

    private int _reader = -1;
    private int _writer = -1;

    private NamedPipe() { }

    private string PipePath => Path.Combine(_folder, "pipe");

    /// <summary>
    /// Makes the pipe and holds both its ends, so that neither program waits for the other to open it, and a writer that is quick
    /// may end before the reader has begun. The holder lets go of the ends by <see cref="WriterEndedAsync"/> and <see cref="ReaderEnded"/>.
    /// </summary>
    public static NamedPipe Create()
    {
        var pipe = new NamedPipe();
        try
        {
            if (Posix.MakeFifo(pipe.PipePath, OwnerOnly) != 0) throw Posix.LastError("make the pipe", pipe.PipePath);
            pipe._reader = Posix.Open(pipe.PipePath, Posix.ReadOnly | Posix.NonBlocking | Posix.CloseOnExec);
            if (pipe._reader < 0) throw Posix.LastError("open the pipe", pipe.PipePath);
            pipe._writer = Posix.Open(pipe.PipePath, Posix.WriteOnly | Posix.NonBlocking | Posix.CloseOnExec);
            if (pipe._writer < 0) throw Posix.LastError("open the pipe", pipe.PipePath);
            Posix.EnlargePipe(pipe._reader);
            return pipe;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    /// <summary>The writer has ended: the reader comes to the end, as soon as it has begun.</summary>
    public async Task WriterEndedAsync(Task readerEnd)
    {
        // Without any writer left a reader that opens the pipe only now would wait for one for ever.
        while (!File.Exists(PipePath + ".read") && !readerEnd.IsCompleted) await Task.Delay(Look);
        Close(ref _writer);
    }

    /// <summary>The reader has ended: until then a writer that nobody reads would wait for ever.</summary>
    public void ReaderEnded() => Close(ref _reader);

    public ProcessSpec Writer(ProcessSpec program) => Redirected(program, WriteScript);

    public ProcessSpec Reader(ProcessSpec program) => Redirected(program, ReadScript);

    public void Dispose()
    {
        Close(ref _writer);
        Close(ref _reader);
        Directory.Delete(_folder, recursive: true);
    }

    private static void Close(ref int end)
    {
        if (Interlocked.Exchange(ref end, -1) is var file and >= 0) _ = Posix.Close(file);
    }

    private ProcessSpec Redirected(ProcessSpec program, string script) =>
        File.Exists(program.FileName)
            ? program with { FileName = Shell, Arguments = ["-c", script, PipePath, program.FileName, .. program.Arguments], Name = program.Name }
            : throw new ToolMissingException(program.FileName);
}
