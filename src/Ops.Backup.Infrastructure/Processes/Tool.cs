namespace Ops.Backup.Infrastructure.Processes;

/// <summary>Runs a short program to its end and gives back what it printed. For everything but the dump itself.</summary>
public static class Tool
{
    public static async Task<ToolResult> RunAsync(ProcessSpec spec, Action<string>? onErrorLine, CancellationToken cancellationToken)
    {
        await using var child = ChildProcess.Start(spec, onErrorLine);
        using var reader = new StreamReader(child.Output, leaveOpen: true);
        var output = reader.ReadToEndAsync(CancellationToken.None);
        var exitCode = await child.WaitAsync(cancellationToken);
        return new ToolResult(exitCode, await output, child.ErrorTail);
    }

    /// <summary>The first of the folders in PATH that holds the program, or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}

/// <summary>How a program ended: 0 is success, 128 + n is signal n.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Errors);
