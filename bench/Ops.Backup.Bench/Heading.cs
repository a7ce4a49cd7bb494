using System.Diagnostics;
using System.Globalization;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>What a table needs to be understood later: the command, the commit, the day and the machine.</summary>
internal static class Heading
{
    private const string Project = "dotnet run -c Release --project bench/Ops.Backup.Bench --";

    public static void Write(string title) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"## {title}\n\n`{Project} {string.Join(' ', Environment.GetCommandLineArgs().Skip(1))}`, commit {Commit()}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Machine()}.\n"));

    private static string Machine() => string.Create(CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores ({Processor()}), Linux {Word("/proc/sys/kernel/osrelease")}, load {Word("/proc/loadavg")} at the start");

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

    private static string Word(string file) => File.ReadAllText(file).Split(' ', '\n')[0];

    private static string Commit()
    {
        var info = new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--exclude=*"]) { WorkingDirectory = RepositoryRoot.Path, UseShellExecute = false, RedirectStandardOutput = true };
        using var git = Process.Start(info)!;
        return git.StandardOutput.ReadToEnd().Trim();
    }
}
