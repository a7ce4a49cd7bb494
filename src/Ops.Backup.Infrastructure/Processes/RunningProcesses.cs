using System.Globalization;

namespace Ops.Backup.Infrastructure.Processes;

/// <summary>Processes of this machine that are no children of ours (any more), found by their command lines.</summary>
internal static class RunningProcesses
{
    /// <summary>Kills every process that runs the program with the text in its arguments.</summary>
    public static void Kill(string program, string argumentText)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            var arguments = CommandLine(id).Split('\0');
            if (Path.GetFileName(arguments[0]) == program && arguments.Skip(1).Any(argument => argument.Contains(argumentText, StringComparison.Ordinal)))
                UnixSignal.Send(id, UnixSignal.Kill);
        }
    }

    // Empty when it has ended meanwhile, or is not ours to look at.
    private static string CommandLine(int id)
    {
        try { return File.ReadAllText($"/proc/{id}/cmdline"); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }
}
