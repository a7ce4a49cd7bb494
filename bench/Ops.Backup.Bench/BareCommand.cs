using System.Diagnostics;
using Npgsql;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>The programs as one would type them.</summary>
internal sealed class BareCommand(PostgresCluster cluster, NpgsqlConnectionStringBuilder source, string target)
{
    private string Dump => $"pg_dump -h {source.Host} -p {source.Port} -U {source.Username} -w";

    public string CustomThroughZstd => $"{Dump} -Fc -Z0 {source.Database} | zstd -q -T0 -1 > OUT; sync OUT";

    public string Floor => $"{Dump} -Fc -Z0 {source.Database} > /dev/null";

    public string FloorThroughSum => $"{Dump} -Fc -Z0 {source.Database} | sha256sum > OUT";

    /// <summary>Where OUT is.</summary>
    public string Target => target;

    public string Custom(string compression) => $"{Dump} -Fc {compression} -f OUT {source.Database}";

    public string Plain(string compression) => $"{Dump} -Fp {compression} -f OUT {source.Database}";

    public string Directory(string compression) => $"{Dump} -Fd -j2 {compression} -f OUT {source.Database}";

    /// <summary>A command without how to connect, as a table shows it.</summary>
    public string Shown(string command) => command.Replace(Dump, "pg_dump", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>Runs it, and deletes what it made.</summary>
    public async Task<(double Seconds, long Bytes)> RunAsync(string command) => (await TimeAsync(command), Take());

    /// <summary>Runs it; what it made stays.</summary>
    public async Task<double> TimeAsync(string command)
    {
        var info = new ProcessStartInfo("bash", ["-o", "pipefail", "-ec", command.Replace("OUT", target, StringComparison.Ordinal)]);
        info.Environment["PGPASSFILE"] = cluster.PassFile;
        info.Environment["PATH"] = $"{cluster.Binaries.Folder}:{info.Environment["PATH"]}";
        var clock = Stopwatch.GetTimestamp();
        using var process = Process.Start(info)!;
        await process.WaitForExitAsync();
        var seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command} ended with {process.ExitCode}.");
        return seconds;
    }

    public void Clear()
    {
        File.Delete(target);
        File.Delete(target + ".sha256");
    }

    private long Take()
    {
        if (System.IO.Directory.Exists(target))
        {
            var size = new DirectoryInfo(target).EnumerateFiles().Sum(file => file.Length);
            System.IO.Directory.Delete(target, recursive: true);
            return size;
        }
        var file = new FileInfo(target);
        if (!file.Exists) return 0;
        var length = file.Length;
        file.Delete();
        return length;
    }
}
