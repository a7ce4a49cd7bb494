using System.Globalization;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>One stream to OSS over a line as between data centres, and over none at all, which shows what this machine can do.</summary>
internal static class UploadBench
{
    private const int Gigabit = 125_000_000;

    public static async Task<int> RunAsync(StoreOptions options)
    {
        Heading.Write("Upload");
        using var folder = new TempFolder("bench");
        await using var far = await StoreServerProcess.StartOssAsync(Gigabit, latencyMilliseconds: 30);
        await using var near = await StoreServerProcess.StartOssAsync(bytesPerSecond: 0);
        var bytes = options.Megabytes * 1_000_000L;
        var (overLine, unlimited) = (new List<double>(), new List<double>());
        await TimeAsync(near, 50_000_000, folder);
        for (var i = 0; i < options.Rounds; i++)
        {
            overLine.Add(await TimeAsync(far, bytes, folder));
            unlimited.Add(await TimeAsync(near, bytes, folder));
        }
        Console.WriteLine($"{options.Megabytes} MB to OSS, one stream in parts; the server on the same cores, in memory. Medians of {options.Rounds} by turns. Goal: ≥ 90 % of the line.\n");
        Console.WriteLine("| line | s | MB/s | of the line |\n|---|---|---|---|");
        var (slow, fast) = (Rounds.Median(overLine), Rounds.Median(unlimited));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| 1 Gbit/s, 30 ms a request | {slow:0.00} | {bytes / slow / 1e6:0.0} | **{bytes / slow / Gigabit:P0}** |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| loopback, no limit | {fast:0.00} | {bytes / fast / 1e6:0.0} | |\n"));
        return 0;
    }

    private static async Task<double> TimeAsync(StoreServerProcess server, long bytes, TempFolder folder)
    {
        await using var content = new RepeatedStream(bytes);
        return await ObjectUpload.TimeAsync(server, content, folder);
    }
}
