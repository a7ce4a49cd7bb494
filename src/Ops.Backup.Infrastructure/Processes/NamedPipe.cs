using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>A pipe with a name, in a private folder, between two programs.</summary>
internal sealed class NamedPipe : IDisposable
{
    // The redirection needs a shell, but nothing is put into its script: program and arguments are its positional parameters.
    private const string WriteScript = """exec "$@" >"$0" """;
    // Opening a pipe for reading waits for a writer, and a short writer may have come and gone. A writing end of its own, for that
    // one moment, lets it in.
    private const string ReadScript = """exec 3<>"$0"; exec "$@" <"$0" 3>&- """;
    private const string Shell = "/bin/sh";
    private const uint OwnerOnly = 0b110_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("ops-backup-pipe-").FullName;

    private int _reader = -1;
    private int _writer = -1;

    private NamedPipe() { }

    private string PipePath => Path.Combine(_folder, "pipe");

    /// <summary>
    /// Makes the pipe and holds both ends, so that neither program depends on when the other opens it. The holder calls
    /// <see cref="Release"/> when the real reader has ended: until then a writer that nobody reads would wait for ever; and
    /// <see cref="WriterEnded"/> when the writer has, until when the reader finds no end.
    /// </summary>
    public static NamedPipe Create()
    {
        var pipe = new NamedPipe();
        try
        {
            if (Posix.MakeFifo(pipe.PipePath, OwnerOnly) != 0) throw Posix.LastError("make the pipe", pipe.PipePath);
            pipe._reader = Posix.Open(pipe.PipePath, Posix.ReadOnly | Posix.NonBlocking | Posix.CloseOnExec);
            if (pipe._reader < 0) throw Posix.LastError("open the pipe", pipe.PipePath);
            pipe._writer = Posix.Open(pipe.PipePath, Posix.WriteOnly | Posix.CloseOnExec);
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

    /// <summary>The writing program has ended; the reader comes to the end once it has read what is in the pipe.</summary>
    public void WriterEnded() => Close(ref _writer);

    public void Release() => Close(ref _reader);

    public ProcessSpec Writer(ProcessSpec program) => Redirected(program, WriteScript);

    public ProcessSpec Reader(ProcessSpec program) => Redirected(program, ReadScript);

    public void Dispose()
    {
        WriterEnded();
        Release();
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
