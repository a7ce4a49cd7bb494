using System.Globalization;

namespace Ops.Backup.Bench;

/// <summary>The service's peak memory, by the dump's size and the number of stores; without compression, so that every byte passes through.</summary>
internal static class MemoryBench
{
    public static async Task<int> RunAsync(StoreOptions options)
    {
        Heading.Write("Memory");
        await using var lab = await StoreLab.StartAsync(options);
        var idle = lab.Service.MemoryNow();
        int[] sizes = [options.Megabytes / 4, options.Megabytes, options.Megabytes * 2];
        foreach (var size in sizes) await lab.AddSourceAsync(NameOf(size), size);

        List<Case> cases =
        [
            .. from size in sizes
               from destination in (Destination[])
               [
                   new("1: local", ["local"], StallSeconds: 0),
                   new("4: local, disk, oss, s3", ["local", "disk", "oss", "s3"], StallSeconds: 0),
                   new($"4, and s3 stalls for {options.StallSeconds} s in the middle", ["local", "disk", "oss", "s3"], options.StallSeconds),
               ]
               select new Case(size, destination),
        ];
        for (var i = 0; i < options.Rounds; i++)
            foreach (var one in cases) one.Runs.Add(await RunAsync(lab, one));

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"The service's resident memory: before the job (VmRSS), and its peak (VmHWM) until the first verification has ended. Idle, before the first job: {idle:0} MiB. Custom format, no compression; OSS at {options.OssMegabytes} MB/s, S3 at {options.S3Megabytes} MB/s. One service for all rows, in their order; the largest of {options.Rounds}. Goal: ≤ 128 MiB above idle everywhere.\n"));
        Console.WriteLine("| MB | stores | job s | before MiB | peak MiB | in this job MiB | above idle MiB |\n|---|---|---|---|---|---|---|");
        foreach (var one in cases)
        {
            var peak = one.Runs.Max(run => run.Peak);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {one.Megabytes} | {one.To.Name} | {one.Runs.Max(run => run.Seconds):0.0} | {one.Runs.Max(run => run.Before):0} | {peak:0} | {one.Runs.Max(run => run.Peak - run.Before):0} | **{peak - idle:0}** |"));
        }
        Console.WriteLine();
        return 0;
    }

    private static async Task<Run> RunAsync(StoreLab lab, Case one)
    {
        lab.Service.ForgetPeak();
        var before = lab.Service.MemoryNow();
        if (one.To.StallSeconds > 0) await lab.S3.StallAsync(afterBytes: one.Megabytes * 500_000L, one.To.StallSeconds);
        var run = await lab.Service.BackUpAsync(new { source = NameOf(one.Megabytes), stores = one.To.Stores, compression = "none", includeGlobals = false });
        if (run.Seconds < one.To.StallSeconds) throw new InvalidOperationException($"The job took {run.Seconds} s, so nothing stalled.");
        return new Run(before, lab.Service.PeakMemory(), run.Seconds);
    }

    private static string NameOf(int megabytes) => string.Create(CultureInfo.InvariantCulture, $"bench_{megabytes}");

    private sealed record Destination(string Name, string[] Stores, int StallSeconds);

    private sealed record Run(double Before, double Peak, double Seconds);

    private sealed record Case(int Megabytes, Destination To)
    {
        public List<Run> Runs { get; } = [];
    }
}
