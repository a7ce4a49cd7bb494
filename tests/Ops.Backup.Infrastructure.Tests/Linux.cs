using System.Diagnostics;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Tests;

/// <summary>What the tests ask of the operating system.</summary>
internal static class Linux
{
    /// <summary>A zombie counts as ended: it runs nothing any more.</summary>
    public static bool IsRunning(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return !stat[(stat.LastIndexOf(')') + 1)..].StartsWith(" Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static void Kill(int processId, int signal = UnixSignal.Kill)
    {
        if (!UnixSignal.Send(processId, signal)) throw new InvalidOperationException($"Signal {signal} did not reach {processId}.");
    }

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var result = await Tool.RunAsync(new ProcessSpec(program, arguments), null, CancellationToken.None);
        return result.ExitCode == 0 ? result.Output.Trim() : throw new InvalidOperationException($"{program}: {result.Errors}");
    }

    /// <summary>The name of the user that a process runs as.</summary>
    public static Task<string> UserOfAsync(int processId) => RunAsync("/usr/bin/stat", "-c", "%U", $"/proc/{processId}");

    public static IEnumerable<int> ChildrenOf(int processId) =>
        File.ReadAllText($"/proc/{processId}/task/{processId}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);

    /// <summary>Empty when the process ended meanwhile.</summary>
    public static string CommandLineOf(int processId)
    {
        try { return File.ReadAllText($"/proc/{processId}/cmdline"); }
        catch (IOException) { return ""; }
    }
}
