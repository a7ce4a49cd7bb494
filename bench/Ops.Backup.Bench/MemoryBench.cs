using System.Globalization;

namespace Ops.Backup.Bench;

/// <summary>The service's peak memory, by the dump's size and the number of stores; without compression, so that every byte passes through.</summary>
internal static class MemoryBench
{
    private const int StallSeconds = 20;

    private static readonly Case[] Cases =
    [
        new("1: local", ["local"], Stalls: false),
        new("4: local, disk, oss, s3", ["local", "disk", "oss", "s3"], Stalls: false),
        new($"4, and s3 stalls for {StallSeconds} s in the middle", ["local", "disk", "oss", "s3"], Stalls: true),
    ];

    public static async Task<int> RunAsync(StoreOptions options)
    {
        await using var lab = await StoreLab.StartAsync(options);
        var idle = lab.Service.MemoryNow();
        int[] sizes = [options.Megabytes / 4, options.Megabytes, options.Megabytes * 2];
        foreach (var size in sizes) await lab.AddSourceAsync(NameOf(size), size);

        var rows = new List<(int Size, Case Case, double Peak, double Seconds)>();
        foreach (var size in sizes)
            foreach (var one in Cases)
                for (var i = 0; i < options.Rounds; i++) rows.Add(await RunAsync(lab, size, one));

        Heading.Write("Memory");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"The service's peak (VmHWM) from the job's start to the end of its first verification. Idle, before the first job: {idle:0} MiB. Custom format, no compression; OSS at {options.OssMegabytes} MB/s, S3 at {options.S3Megabytes} MB/s. The largest of {options.Rounds}. Goal: growth ≤ 128 MiB everywhere.\n"));
        Console.WriteLine("| MB | stores | job s | peak MiB | growth MiB |\n|---|---|---|---|---|");
        foreach (var group in rows.GroupBy(row => (row.Size, row.Case)))
        {
            var peak = group.Max(row => row.Peak);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {group.Key.Size} | {group.Key.Case.Name} | {group.Max(row => row.Seconds):0.0} | {peak:0} | **{peak - idle:0}** |"));
        }
        Console.WriteLine();
        return 0;
    }

    private static async Task<(int Size, Case Case, double Peak, double Seconds)> RunAsync(StoreLab lab, int megabytes, Case one)
    {
        lab.Service.ForgetPeak();
        if (one.Stalls) await lab.S3.StallAsync(afterBytes: megabytes * 500_000L, StallSeconds);
        var run = await lab.Service.BackUpAsync(new { source = NameOf(megabytes), stores = one.Stores, compression = "none", includeGlobals = false });
        var peak = lab.Service.PeakMemory();
        if (one.Stalls && run.Seconds < StallSeconds) throw new InvalidOperationException($"The job took {run.Seconds} s, so nothing stalled.");
        return (megabytes, one, peak, run.Seconds);
    }

    private static string NameOf(int megabytes) => string.Create(CultureInfo.InvariantCulture, $"bench_{megabytes}");

    private sealed record Case(string Name, string[] Stores, bool Stalls);
}
