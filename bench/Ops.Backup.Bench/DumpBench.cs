using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>
/// A job of the service beside the bare programs with the same options, by turns, both to the same disk. The bare side flushes its
/// file too: pg_dump does so by itself with --file, behind a pipe it is done by sync.
/// </summary>
internal static class DumpBench
{
    private const int Port = 18_099;

    public static async Task<int> RunAsync(int megabytes, int rounds)
    {
        await using var cluster = await PostgresCluster.StartAsync();
        using var folder = new TempFolder("bench");
        var source = new NpgsqlConnectionStringBuilder(await cluster.CreateDatabaseAsync("bench"));
        await using (var connection = new NpgsqlConnection(source.ConnectionString))
        {
            await connection.OpenAsync();
            // Two tables, so that a parallel dump has something to divide.
            await new TextRows().FillAsync(connection, "first", megabytes * 500_000L);
            await new TextRows().FillAsync(connection, "second", megabytes * 500_000L);
        }
        await using var service = await ServiceProcess.StartAsync(await cluster.CreateDatabaseAsync("service"), folder, Port);
        await service.AddSourceAsync(new { name = "bench", host = source.Host, port = source.Port, database = "bench", user = source.Username, password = source.Password });
        var bare = new BareCommand(cluster, source, folder.File("bare"));

        Console.WriteLine($"{megabytes} MB of text, medians of {rounds} by turns\n");
        Console.WriteLine("| job | bare command | job s | bare s | ratio | job bytes / bare bytes | full read that follows s |\n|---|---|---|---|---|---|---|");
        await service.BackUpAsync(new { source = "bench", includeGlobals = false });
        service.ForgetPeak();
        var before = service.MemoryNow();
        foreach (var (request, command) in Cases(bare)) await CompareAsync(service, bare, rounds, request, command);
        Console.WriteLine($"\nService memory: {before:0} MiB before, {service.PeakMemory():0} MiB at the peak, growth {service.PeakMemory() - before:0} MiB\n");
        await CompareDefaultAsync(service, bare, rounds);
        return 0;
    }

    private static IEnumerable<(Request Request, string Command)> Cases(BareCommand bare) =>
    [
        (new("custom", "gzip:6"), bare.Custom("-Z6")),
        (new("custom", "none"), bare.Custom("-Z0")),
        (new("custom", "zstd:1"), bare.CustomThroughZstd),
        (new("plain", "none"), bare.Plain("-Z0")),
        (new("plain", "gzip:6"), bare.Plain("-Z6")),
        (new("directory", "gzip:6", 2), bare.Directory("-Z6")),
        (new("directory", "none", 2), bare.Directory("-Z0")),
    ];

    private static async Task CompareAsync(ServiceProcess service, BareCommand bare, int rounds, Request request, string command)
    {
        var (jobs, bares, verifies) = (new List<double>(), new List<double>(), new List<double>());
        var (jobSize, bareSize) = (0L, 0L);
        for (var i = 0; i < rounds; i++)
        {
            var run = await service.BackUpAsync(request.Body);
            jobs.Add(run.Seconds);
            verifies.Add(run.VerifySeconds);
            jobSize = run.SizeBytes;
            (var seconds, bareSize) = await bare.RunAsync(command);
            bares.Add(seconds);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {request} | `{command}` | {Median(jobs):0.00} | {Median(bares):0.00} | **{Median(jobs) / Median(bares):0.00}** | {(double)jobSize / bareSize:0.000} | {Median(verifies):0.00} |"));
    }

    private static async Task CompareDefaultAsync(ServiceProcess service, BareCommand bare, int rounds)
    {
        var (job, nine, floor) = (new List<double>(), new List<double>(), new List<double>());
        var (jobSize, nineSize) = (0L, 0L);
        for (var i = 0; i < rounds; i++)
        {
            var run = await service.BackUpAsync(new Request("custom", "zstd:1").Body);
            job.Add(run.Seconds);
            jobSize = run.SizeBytes;
            (var seconds, nineSize) = await bare.RunAsync(bare.Custom("-Z9"));
            nine.Add(seconds);
            floor.Add((await bare.RunAsync(bare.Floor)).Seconds);
        }
        Console.WriteLine("| default job s | `-Fc -Z9` s | times as fast | size against `-Z9` | floor `-Fc -Z0 >/dev/null` s | against the floor |\n|---|---|---|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Median(job):0.00} | {Median(nine):0.00} | **{Median(nine) / Median(job):0.0}** | **{(double)jobSize / nineSize:0.00}** | {Median(floor):0.00} | **{Median(job) / Median(floor):0.00}** |"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed record Request(string Format, string Compression, int Jobs = 1)
    {
        public object Body => new { source = "bench", format = Format, compression = Compression, jobs = Jobs, includeGlobals = false };

        public override string ToString() => Jobs == 1 ? $"{Format} {Compression}" : $"{Format} {Compression}, {Jobs} jobs";
    }
}
