using System.Globalization;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Bench;

/// <summary>The statistics over the rows of the listing's measurement, and again with thousands of databases more.</summary>
internal static class StatisticsBench
{
    private const int MoreDatabases = 5_000;

    public static async Task<int> RunAsync(int rows)
    {
        await using var database = await BenchDatabase.StartAsync();
        await database.ExecuteAsync(ListingCases.Rows(rows));
        await database.ExecuteAsync("VACUUM ANALYZE db_backup_job");
        var queries = new StatisticsQueries(database.Sql);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows; milliseconds, p50 / p99.\n"));
        Console.WriteLine("| databases | days | filter | statistics |\n|---|---|---|---|");
        await MeasureAsync();
        await database.ExecuteAsync(TwoBackupsEach(MoreDatabases));
        await database.ExecuteAsync("VACUUM ANALYZE db_backup_job");
        await MeasureAsync();
        return 0;

        async Task MeasureAsync()
        {
            foreach (var (days, name) in new[] { (30, null), (366, null), (30, "orders_0"), (366, "orders_0") })
            {
                var selection = new StatisticsSelection(days, new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero), 20, name, ConfigId: null);
                var total = (await queries.ReadAsync(selection, CancellationToken.None)).Databases.Total;
                var (time, _) = await Timing.CompareAsync(20, () => queries.ReadAsync(selection, CancellationToken.None), () => Task.CompletedTask);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {total:N0} | {days} | {name} | {time.P50:0.0} / {time.P99:0.0} |"));
            }
        }
    }

    private static string TwoBackupsEach(int databases) => $"""
        INSERT INTO db_backup_job (id, started_at, finished_at, duration_sec, database, mode, status, size_bytes, host, port)
        SELECT gen_random_uuid()::text, s, s + interval '60 seconds', 60, 'tenant_' || n, 'local', 'SUCCESS', 1000 + n, 'db' || n % 40, '5432'
        FROM generate_series(1, {databases}) n CROSS JOIN LATERAL (SELECT timestamptz '2026-11-20' - d * interval '1 day' - n * interval '10 seconds' AS s FROM generate_series(0, 1) d) day
        """;
}
