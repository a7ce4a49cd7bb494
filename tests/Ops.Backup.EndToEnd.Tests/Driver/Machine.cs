using System.Globalization;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>What the tests ask of the operating system.</summary>
public static class Machine
{
    /// <summary>The running processes on whose command line the text stands; a zombie runs nothing any more.</summary>
    public static IReadOnlyList<int> ProcessesWith(string text) => [.. Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0 && id != Environment.ProcessId && Read(id, "cmdline").Contains(text, StringComparison.Ordinal) && !IsZombie(id))];

    /// <summary>pg_dump and its workers: each backup's carry the job's id.</summary>
    public static IReadOnlyList<int> DumpsOf(string jobId) => ProcessesWith($"ops-backup/{jobId}");

    /// <summary>Shifts the clock of the process that it is loaded into; Debian's package faketime.</summary>
    public static string FakeTimeLibrary() => Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("The package faketime is not installed.");

    /// <summary>Empty when the process has ended meanwhile.</summary>
    public static string Read(int processId, string file)
    {
        try { return File.ReadAllText($"/proc/{processId}/{file}"); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }

    /// <summary>A process that has ended meanwhile needs no signal.</summary>
    public static async Task SignalAsync(string signal, params IReadOnlyList<int> processIds)
    {
        foreach (var id in processIds) await RunAsync("/bin/bash", "-c", "kill -\"$0\" \"$1\" || [ ! -e /proc/\"$1\" ]", signal, id.ToString(CultureInfo.InvariantCulture));
    }

    public static void Kill(int processId)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(processId);
            process.Kill();
            process.WaitForExit();
        }
        catch (ArgumentException)
        {
            // it has ended meanwhile
        }
    }

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var result = await Tool.RunAsync(new ProcessSpec(program, arguments), null, CancellationToken.None);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"{program} ended with {result.ExitCode}: {result.Errors}");
    }

    private static bool IsZombie(int id)
    {
        var stat = Read(id, "stat");
        return stat.Length == 0 || stat[(stat.LastIndexOf(')') + 1)..].StartsWith(" Z", StringComparison.Ordinal);
    }
}
