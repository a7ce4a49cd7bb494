using System.Globalization;

namespace Ops.Backup.Bench;

/// <summary>
/// One dump into several stores at once beside each of them alone, and beside what a script does: a file first, its checksum, then
/// one upload after the other. The uploads of the sequence are made by the service's own clients.
/// </summary>
internal static class OnePassBench
{
    private const string Database = "bench";

    private static readonly string[][] Destinations = [["local"], ["oss"], ["s3"], ["local", "oss", "s3"]];

    public static async Task<int> RunAsync(StoreOptions options)
    {
        Heading.Write("Several stores in one pass");
        await using var lab = await StoreLab.StartAsync(options);
        var bare = await lab.AddSourceAsync(Database, options.Megabytes);
        await lab.Service.BackUpAsync(Request(["local", "oss", "s3"]));
        var times = Destinations.ToDictionary(NameOf, _ => new List<double>(), StringComparer.Ordinal);
        var steps = new Sequence(lab, bare);
        var size = 0L;
        for (var i = 0; i < options.Rounds; i++)
        {
            foreach (var stores in Destinations)
            {
                var run = await lab.Service.BackUpAsync(Request(stores));
                times[NameOf(stores)].Add(run.Seconds);
                size = run.SizeBytes;
            }
            await steps.RunAsync();
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{options.Megabytes} MB of text, {size / 1e6:0} MB in custom format with `zstd:1`; OSS at {options.OssMegabytes} MB/s, S3 at {options.S3Megabytes} MB/s. Medians of {options.Rounds} by turns. Goal: all at once ≤ 1.15 of the slowest alone.\n"));
        Console.WriteLine("| to | s | MB/s | against the slowest alone |\n|---|---|---|---|");
        var slowest = Destinations.Where(stores => stores.Length == 1).Max(stores => Rounds.Median(times[NameOf(stores)]));
        foreach (var stores in Destinations) Row(NameOf(stores), Rounds.Median(times[NameOf(stores)]), size, slowest, isBold: stores.Length > 1);
        Row($"sequence: {steps}", steps.Median, size, slowest, isBold: false);
        Console.WriteLine();
        return 0;
    }

    private static object Request(string[] stores) => new { source = Database, stores, includeGlobals = false };

    private static string NameOf(string[] stores) => string.Join(" + ", stores);

    private static void Row(string what, double seconds, long size, double slowest, bool isBold)
    {
        var mark = isBold ? "**" : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {seconds:0.00} | {size / seconds / 1e6:0.0} | {mark}{seconds / slowest:0.00}{mark} |"));
    }

    /// <summary>The same work, one step after the other.</summary>
    private sealed class Sequence(StoreLab lab, BareCommand bare)
    {
        private readonly (string Name, List<double> Seconds)[] _steps = [("dump", []), ("sha256sum", []), ("OSS", []), ("S3", []), ("all", [])];

        public double Median => Rounds.Median(_steps[^1].Seconds);

        public async Task RunAsync()
        {
            double[] took =
            [
                await bare.TimeAsync(bare.CustomThroughZstd),
                await bare.TimeAsync("sha256sum OUT > OUT.sha256"),
                await SendAsync(lab.Oss),
                await SendAsync(lab.S3),
            ];
            bare.Clear();
            foreach (var ((_, seconds), step) in _steps.Zip([.. took, took.Sum()])) seconds.Add(step);
        }

        public override string ToString() =>
            string.Join(", then ", _steps[..^1].Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.Name} {Rounds.Median(step.Seconds):0.00}")));

        private async Task<double> SendAsync(StoreServerProcess server)
        {
            await using var file = File.OpenRead(bare.Target);
            return await ObjectUpload.TimeAsync(server, file, lab.Folder);
        }
    }
}
