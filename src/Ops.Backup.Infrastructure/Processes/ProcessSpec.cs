namespace Ops.Backup.Infrastructure.Processes;

/// <summary>
/// A program to run: an absolute path and an argument list, never a shell line. The child sees only <see cref="Environment"/>
/// plus PATH and LC_ALL=C, so nothing that this service was given (keys, connection strings) is inherited.
/// </summary>
public sealed record ProcessSpec(string FileName, IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string? WorkingDirectory { get; init; }

    /// <summary>True when the caller writes to <see cref="ChildProcess.Input"/>; otherwise the child's input is empty.</summary>
    public bool TakesInput { get; init; }

    /// <summary>Run as this user of the operating system; needs root. PostgreSQL's server refuses to be root.</summary>
    public string? RunAs { get; init; }

    /// <summary>The signal that the kernel sends when this service dies: KILL, or INT for a server that should stop in order.</summary>
    public string SignalOnParentDeath { get; init; } = "KILL";

    /// <summary>What it is called in messages.</summary>
    public string Name { get; init; } = Path.GetFileName(FileName);
}
