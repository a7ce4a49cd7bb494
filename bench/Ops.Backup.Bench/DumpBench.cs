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
            await new TextRows().FillDocumentsAsync(connection, "first", megabytes * 500_000L);
            await new TextRows().FillDocumentsAsync(connection, "second", megabytes * 500_000L);
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
        return 0;
    }

    private static IEnumerable<(BackupRequest Request, string Command)> Cases(BareCommand bare) =>
    [
        (new("custom", "gzip:6"), bare.Custom("-Z6")),
        (new("custom", "none"), bare.Custom("-Z0")),
        (new("custom", "zstd:1"), bare.CustomThroughZstd),
        (new("plain", "none"), bare.Plain("-Z0")),
        (new("plain", "gzip:6"), bare.Plain("-Z6")),
        (new("directory", "gzip:6", 2), bare.Directory("-Z6")),
        (new("directory", "none", 2), bare.Directory("-Z0")),
    ];

    private static async Task CompareAsync(ServiceProcess service, BareCommand bare, int rounds, BackupRequest request, string command)
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
            $"| {request} | `{command}` | {Rounds.Median(jobs):0.00} | {Rounds.Median(bares):0.00} | **{Rounds.Median(jobs) / Rounds.Median(bares):0.00}** | {(double)jobSize / bareSize:0.000} | {Rounds.Median(verifies):0.00} |"));
    }
}
