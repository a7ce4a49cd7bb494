using System.Globalization;
using Npgsql;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>The default job beside <c>-Fc -Z9</c> and beside the floor, a dump that nobody compresses or keeps, on two kinds of rows.</summary>
internal static class CompressionBench
{
    private const int Port = 18_098;

    public static async Task<int> RunAsync(int megabytes, int rounds)
    {
        await using var cluster = await PostgresCluster.StartAsync();
        Console.WriteLine($"{megabytes} MB of text, medians of {rounds} by turns\n");
        Console.WriteLine("| rows | default job s | `-Fc -Z9` s | times as fast | size against `-Z9` | floor `-Fc -Z0 >/dev/null` s | job against the floor | bare `pg_dump -Z0 \\| zstd -1` against the floor |\n|---|---|---|---|---|---|---|---|");
        await CompareAsync(cluster, "documents, some 380 bytes", rounds, connection => new TextRows().FillDocumentsAsync(connection, "texts", megabytes * 1_000_000L));
        await CompareAsync(cluster, "lines, some 60 bytes", rounds, connection => new TextRows().FillLinesAsync(connection, "texts", megabytes * 1_000_000L));
        return 0;
    }

    private static async Task CompareAsync(PostgresCluster cluster, string rows, int rounds, Func<NpgsqlConnection, Task> fill)
    {
        using var folder = new TempFolder("bench");
        await PostgresCluster.ExecuteAsync(cluster.ConnectionString, "DROP DATABASE IF EXISTS bench WITH (FORCE)");
        var source = new NpgsqlConnectionStringBuilder(await cluster.CreateDatabaseAsync("bench")) { Pooling = false };
        await using (var connection = new NpgsqlConnection(source.ConnectionString))
        {
            await connection.OpenAsync();
            await fill(connection);
        }
        await using var service = await ServiceProcess.StartAsync(await cluster.CreateDatabaseAsync(), folder, Port);
        await service.AddSourceAsync(new { name = "bench", host = source.Host, port = source.Port, database = "bench", user = source.Username, password = source.Password });
        var bare = new BareCommand(cluster, source, folder.File("bare"));
        var (job, nine, floor, piped) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (jobSize, nineSize) = (0L, 0L);
        await service.BackUpAsync(new BackupRequest("custom", "zstd:1").Body);
        for (var i = 0; i < rounds; i++)
        {
            var run = await service.BackUpAsync(new BackupRequest("custom", "zstd:1").Body);
            job.Add(run.Seconds);
            jobSize = run.SizeBytes;
            (var seconds, nineSize) = await bare.RunAsync(bare.Custom("-Z9"));
            nine.Add(seconds);
            floor.Add((await bare.RunAsync(bare.Floor)).Seconds);
            piped.Add((await bare.RunAsync(bare.CustomThroughZstd)).Seconds);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {rows} | {Rounds.Median(job):0.00} | {Rounds.Median(nine):0.00} | **{Rounds.Median(nine) / Rounds.Median(job):0.0}** | **{(double)jobSize / nineSize:0.00}** | {Rounds.Median(floor):0.00} | **{Rounds.Median(job) / Rounds.Median(floor):0.00}** | {Rounds.Median(piped) / Rounds.Median(floor):0.00} |"));
    }
}
