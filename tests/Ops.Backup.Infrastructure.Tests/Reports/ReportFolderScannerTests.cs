using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Reports;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Reports;

[Collection(PostgresCollection.Name)]
public sealed class ReportFolderScannerTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private ScanBench _bench = null!;

    public async Task InitializeAsync() => _bench = await ScanBench.CreateAsync(postgres);

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task What_lies_there_at_start_is_loaded_and_what_comes_is_loaded_long_before_the_next_scan()
    {
        using var extra = new TempFolder("extra");
        await File.WriteAllBytesAsync(extra.File("host.json"), SampleReports.Success("users").Bytes());
        _bench.Write("a.json", SampleReports.Success());
        using var scanner = Scanner(scanSeconds: 3600, extra.Path);
        await scanner.StartAsync(CancellationToken.None);
        await CountBecomesAsync(2);

        // The way of a careful writer: another name first, then a rename.
        await File.WriteAllBytesAsync(_bench.Folder.File("b.json.partial"), SampleReports.Success("crm").Bytes());
        File.Move(_bench.Folder.File("b.json.partial"), _bench.Folder.File("b.json"));
        await CountBecomesAsync(3);
        await File.WriteAllBytesAsync(extra.File("c.json"), SampleReports.Success("billing").Bytes());
        await CountBecomesAsync(4);

        await scanner.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_folder_that_appears_later_is_scanned_then()
    {
        using var scanner = Scanner(scanSeconds: 1, _bench.Folder.File("later"));
        await scanner.StartAsync(CancellationToken.None);
        _bench.Write("a.json", SampleReports.Success());
        await CountBecomesAsync(1);

        Directory.CreateDirectory(_bench.Folder.File("later"));
        await File.WriteAllBytesAsync(_bench.Folder.File("later", "b.json"), SampleReports.Success("crm").Bytes());

        await CountBecomesAsync(2);
        await scanner.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_database_that_comes_back_gets_what_it_missed()
    {
        await _bench.Database.ExecuteAsync("ALTER TABLE db_backup_job RENAME TO away");
        using var scanner = Scanner(scanSeconds: 1);
        _bench.Write("a.json", SampleReports.Success());
        await scanner.StartAsync(CancellationToken.None);
        scanner.ExecuteTask!.IsCompleted.ShouldBeFalse();

        await _bench.Database.ExecuteAsync("ALTER TABLE away RENAME TO db_backup_job");

        await CountBecomesAsync(1);
        await scanner.StopAsync(CancellationToken.None);
    }

    private ReportFolderScanner Scanner(int scanSeconds, params string[] folders)
    {
        var reports = new ReportOptions { ScanSeconds = scanSeconds };
        foreach (var folder in folders) reports.Folders.Add(folder);
        return new ReportFolderScanner(
            _bench.Node(), Options.Create(new BackupOptions { ReportFolder = _bench.Folder.Path }), Options.Create(reports), NullLogger<ReportFolderScanner>.Instance);
    }

    private Task<long> CountBecomesAsync(long count) => Poll.Until($"{count} backups are loaded", _bench.CountAsync, seen => seen == count, Patience);
}
