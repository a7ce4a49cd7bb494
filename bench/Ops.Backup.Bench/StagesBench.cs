using System.Globalization;

namespace Ops.Backup.Bench;

/// <summary>The same dump to one local store with ever more done to it on the way, and what each program's CPU costs.</summary>
internal static class StagesBench
{
    private static readonly (string Database, string Rows, bool AsLines)[] Kinds = [("documents", "documents, some 380 bytes a row", false), ("lines", "lines, some 60 bytes a row", true)];
    private static readonly string[] Programs = ["postgres", "pg_dump", "zstd", "age", "service"];

    // A key that nobody keeps the other half of: what is encrypted here is thrown away.
    private const string Recipient = "age1gtxc6lhy7utvhzssrqnf7svz4pq7ep7dxfs6psdy08nn39lvsgxqrszvky";

    public static async Task<int> RunAsync(StoreOptions options)
    {
        Heading.Write("Stages");
        await using var lab = await StoreLab.StartAsync(options);
        foreach (var (database, rows, asLines) in Kinds) await MeasureAsync(lab, options, database, rows, asLines);
        return 0;
    }

    private static async Task MeasureAsync(StoreLab lab, StoreOptions options, string database, string rows, bool asLines)
    {
        var bare = await lab.AddSourceAsync(database, options.Megabytes, asLines);
        Stage[] stages = [new(database, "hashed, stored", "none", []), new(database, "+ zstd:1", "zstd:1", []), new(database, "+ zstd:1 + age", "zstd:1", [Recipient])];
        (string Command, List<double> Seconds)[] bares = [(bare.Floor, []), (bare.FloorThroughSum, [])];
        foreach (var stage in stages) await lab.Service.BackUpAsync(stage.Request);
        for (var i = 0; i < options.Rounds; i++)
        {
            foreach (var (command, seconds) in bares) seconds.Add((await bare.RunAsync(command)).Seconds);
            foreach (var stage in stages) await stage.RunAsync(lab);
        }

        Console.WriteLine($"{options.Megabytes} MB of text ({rows}) in custom format to one local store. Medians of {options.Rounds} by turns; CPU seconds of each program beside. Goal: everything ≤ 1.15 of no compression, no encryption.\n");
        Console.WriteLine($"| | s | against hashed, stored | MB stored | {string.Join(" | ", Programs.Select(program => $"{program} CPU s"))} |\n|---|---|---|---|{string.Concat(Programs.Select(_ => "---|"))}");
        var plain = Rounds.Median(stages[0].Seconds);
        foreach (var (command, seconds) in bares) Row($"`{bare.Shown(command)}`", Rounds.Median(seconds), plain, "", Programs.Select(_ => ""));
        foreach (var stage in stages)
            Row(stage.Name, Rounds.Median(stage.Seconds), plain, Number(stage.SizeBytes / 1e6, "0"), Programs.Select(program => Number(stage.CpuOf(program), "0.00")));
        Console.WriteLine();
    }

    private static void Row(string what, double seconds, double plain, string size, IEnumerable<string> cpu) =>
        Console.WriteLine($"| {what} | {Number(seconds, "0.00")} | **{Number(seconds / plain, "0.00")}** | {size} | {string.Join(" | ", cpu)} |");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed class Stage(string database, string name, string compression, string[] recipients)
    {
        private readonly List<IReadOnlyDictionary<string, double>> _cpu = [];

        public string Name => name;

        public List<double> Seconds { get; } = [];

        public long SizeBytes { get; private set; }

        public object Request => new { source = database, compression, recipients, stores = new[] { "local" }, includeGlobals = false };

        public async Task RunAsync(StoreLab lab)
        {
            await using var sampler = new CpuSampler(lab.Service.ProcessId, lab.PostmasterId);
            // What follows SUCCESS, the first verification, is not the backup's.
            var run = await lab.Service.BackUpAsync(Request, sampler.Stop);
            Seconds.Add(run.Seconds);
            SizeBytes = run.SizeBytes;
            _cpu.Add(await sampler.SecondsAsync());
        }

        public double CpuOf(string program) => Rounds.Median([.. _cpu.Select(run => run.GetValueOrDefault(program))]);
    }
}
