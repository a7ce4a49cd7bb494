using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>A folder of reports scanned into an empty table, beside COPY of the same rows into a table with the same indexes.</summary>
internal static class IngestBench
{
    private const string Columns = """
        id, started_at, finished_at, duration_sec, database, mode, status, size_bytes, local_file, remote_urls, checksum, error_msg, host, port, trigger, type, method, format,
        compression, tool, files, report_file, report_modified_at, report_extra, run_key
        """;

    public static async Task<int> RunAsync(int count)
    {
        using var folder = new TempFolder("bench-reports");
        for (var i = 0; i < count; i++) await WriteAsync(folder, i);
        await using var database = await BenchDatabase.StartAsync();
        var scan = new ReportScan(
            new ReportedRunStore(database.Sql, TimeProvider.System), new ReportFileStore(database.Sql, new BenchNode()), TimeProvider.System, NullLogger<ReportScan>.Instance);

        var load = await TimeAsync(() => scan.RunAsync([folder.Path], CancellationToken.None));
        var again = await TimeAsync(() => scan.RunAsync([folder.Path], CancellationToken.None));
        var loaded = await database.Sql.QueryAsync("SELECT count(*) FROM db_backup_job", [], row => row.GetInt64(0), CancellationToken.None);

        await database.ExecuteAsync("CREATE TABLE copied (LIKE db_backup_job INCLUDING ALL)");
        var bytes = new MemoryStream();
        await using (var connection = await database.DataSource.OpenConnectionAsync())
        {
            await using (var export = await connection.BeginRawBinaryCopyAsync($"COPY (SELECT {Columns} FROM db_backup_job) TO STDOUT (FORMAT binary)")) await export.CopyToAsync(bytes);
        }
        bytes.Position = 0;
        var copy = await TimeAsync(async () =>
        {
            await using var connection = await database.DataSource.OpenConnectionAsync();
            await using var import = await connection.BeginRawBinaryCopyAsync($"COPY copied ({Columns}) FROM STDIN (FORMAT binary)");
            await bytes.CopyToAsync(import);
        });

        Console.WriteLine("| | seconds | a second |\n|---|---|---|");
        Print($"scan of {count:N0} report files, {loaded[0]:N0} rows", load, count);
        Print("COPY of the same rows, same indexes", copy, count);
        Print("scan again, nothing new", again, count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nPeak memory of the process: {Process.GetCurrentProcess().PeakWorkingSet64 / 1048576} MiB"));
        return 0;
    }

    private static async Task WriteAsync(TempFolder folder, int i)
    {
        var startedAt = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero).AddSeconds(-i * 95L).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var report = i % 20 == 0 ? SampleReports.Failed($"orders_{i % 100}", startedAt, $"db{i % 40}") : SampleReports.Success($"orders_{i % 100}", startedAt, $"db{i % 40}");
        var path = folder.File($"orders_{i % 100}_{i}_db{i % 40}.json");
        await File.WriteAllBytesAsync(path, report.Bytes());
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed;
    }

    private static void Print(string what, TimeSpan time, int count) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {time.TotalSeconds:0.00} | {count / time.TotalSeconds:N0} |"));

    private sealed class BenchNode : INodeIdentity
    {
        public string Name => "bench";

        public string InstanceId => "bench";

        public string HostName => "bench";

        public NodeRole Role => NodeRole.Both;

        public IReadOnlyList<string> Labels => [];
    }
}
