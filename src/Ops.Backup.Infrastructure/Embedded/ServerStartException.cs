namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>The server ended while it was starting. Some reasons pass by themselves or with another port.</summary>
internal sealed class ServerStartException(int exitCode, string errors) : Exception($"PostgreSQL ended with exit code {exitCode}: {Reason(errors)}")
{
    public bool PortTaken { get; } = errors.Contains("Address already in use", StringComparison.Ordinal);

    /// <summary>Something of an earlier server is still going away.</summary>
    public bool FolderInUse { get; } =
        errors.Contains("is still in use", StringComparison.Ordinal) || errors.Contains("postmaster.pid\" already exists", StringComparison.Ordinal);

    // The first fatal line is the cause; without one the end of the output has to do.
    private static string Reason(string errors)
    {
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(line => line.Contains("FATAL:", StringComparison.Ordinal) || line.Contains("PANIC:", StringComparison.Ordinal))
            ?? (lines.Length > 0 ? lines[^1] : "it said nothing");
    }
}
