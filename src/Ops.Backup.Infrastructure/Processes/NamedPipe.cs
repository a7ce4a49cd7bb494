using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>A pipe with a name, in a private folder, between two programs.</summary>
internal sealed class NamedPipe : IDisposable
{
    // The redirection needs a shell, but nothing is put into its script: program and arguments are its positional parameters.
    private const string WriteScript = """exec "$@" >"$0" """;
    private const string ReadScript = """exec "$@" <"$0" """;
    private const string Shell = "/bin/sh";
    private const uint OwnerOnly = 0b110_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("ops-backup-pipe-").FullName;

    private int _reader = -1;

    private NamedPipe() { }

    private string PipePath => Path.Combine(_folder, "pipe");

    /// <summary>
    /// Makes the pipe and holds a reading end, so that the writer can open it at once and find it large. The holder calls
    /// <see cref="Release"/> when the real reader has ended: until then a writer that nobody reads would wait for ever.
    /// </summary>
    public static NamedPipe Create()
    {
        var pipe = new NamedPipe();
        try
        {
            if (Posix.MakeFifo(pipe.PipePath, OwnerOnly) != 0) throw Posix.LastError("make the pipe", pipe.PipePath);
            pipe._reader = Posix.Open(pipe.PipePath, Posix.ReadOnly | Posix.NonBlocking | Posix.CloseOnExec);
            if (pipe._reader < 0) throw Posix.LastError("open the pipe", pipe.PipePath);
            Posix.EnlargePipe(pipe._reader);
            return pipe;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    public void Release()
    {
        if (Interlocked.Exchange(ref _reader, -1) is var reader and >= 0) _ = Posix.Close(reader);
    }

    public ProcessSpec Writer(ProcessSpec program) => Redirected(program, WriteScript);

    public ProcessSpec Reader(ProcessSpec program) => Redirected(program, ReadScript);

    public void Dispose()
    {
        Release();
        Directory.Delete(_folder, recursive: true);
    }

    private ProcessSpec Redirected(ProcessSpec program, string script) =>
        File.Exists(program.FileName)
            ? program with { FileName = Shell, Arguments = ["-c", script, PipePath, program.FileName, .. program.Arguments], Name = program.Name }
            : throw new ToolMissingException(program.FileName);
}
