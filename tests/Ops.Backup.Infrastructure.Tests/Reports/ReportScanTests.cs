using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Reports;

[Collection(PostgresCollection.Name)]
public sealed class ReportScanTests(PostgresFixture postgres) : IAsyncLifetime
{
    private ScanBench _bench = null!;

    public async Task InitializeAsync() => _bench = await ScanBench.CreateAsync(postgres);

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Four_nodes_that_scan_2000_reports_at_once_make_2000_rows()
    {
        for (var i = 0; i < 2000; i++)
            _bench.Write($"r{i}.json", SampleReports.Success($"db{i % 50}", $"2026-11-{1 + (i / 1000):00}T{i / 60 % 24:00}:{i % 60:00}:{i % 59:00}Z", $"host{i}"));

        await Task.WhenAll(Enumerable.Range(1, 4).Select(node => Task.Run(() => _bench.ScanAsync(_bench.Node($"node-{node}")))));

        (await _bench.CountAsync()).ShouldBe(2000);
        (await _bench.Database.AskAsync<long>("SELECT count(DISTINCT run_key) FROM db_backup_job")).ShouldBe(2000);
        (await _bench.Database.AskAsync<long>("SELECT count(*) FROM report_file f JOIN db_backup_job j ON j.id = f.job_id AND j.report_file = f.path WHERE f.status = 'loaded'")).ShouldBe(2000);
        (await _bench.ErrorsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_fact_of_a_report_arrives_in_its_row()
    {
        var report = SampleReports.Success("订单");
        report["ticket"] = "OPS-7";
        var path = _bench.Write("a.json", report);

        await _bench.ScanAsync();

        (await _bench.Database.ListAsync("""
            SELECT concat_ws('|', database, host, port, started_at AT TIME ZONE 'UTC', finished_at AT TIME ZONE 'UTC', duration_sec, mode, tool, status, size_bytes, local_file,
                remote_urls, checksum, trigger, type, method, format, compression, report_extra, report_file, deleted, files) FROM db_backup_job
            """)).ShouldBe([
            "订单|db1|5432|2026-11-21 03:00:00|2026-11-21 03:01:35|95|both|pg_dump|SUCCESS|1234567|/data/db-backups/data/订单_20261121T030000Z_db1.dump|"
            + $"[\"oss://bucket/postgres/backups/订单_20261121T030000Z_db1.dump\"]|{SampleReports.Sha256}|reported|full|pg_dump|custom|gzip:9|{{\"ticket\": \"OPS-7\"}}|{path}|f|[]"]);
        (await _bench.Database.AskAsync<string>("SELECT coalesce(error_msg, 'none') FROM db_backup_job")).ShouldBe("none");
    }

    [Fact]
    public async Task A_failure_that_became_a_success_updates_its_row()
    {
        var node = _bench.Node();
        _bench.Write("a.json", SampleReports.Failed());
        await _bench.ScanAsync(node);
        var id = await _bench.Database.AskAsync<string>("SELECT id FROM db_backup_job WHERE status = 'FAILED'");

        _bench.Write("a.json", SampleReports.Success(), minutes: 5);
        await _bench.ScanAsync(node);

        (await _bench.Database.ListAsync("SELECT concat_ws('|', id, status, size_bytes, coalesce(error_msg, 'none')) FROM db_backup_job")).ShouldBe([$"{id}|SUCCESS|1234567|none"]);
    }

    [Fact]
    public async Task An_older_version_does_not_overwrite_a_newer_one()
    {
        _bench.Write("new.json", SampleReports.Success(), minutes: 5);
        await _bench.ScanAsync();
        _bench.Write("old.json", SampleReports.Failed(), minutes: 0);
        await _bench.ScanAsync();

        (await _bench.Database.ListAsync("SELECT status FROM db_backup_job")).ShouldBe(["SUCCESS"]);
        (await _bench.ErrorsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_versions_in_one_batch_the_newer_one_counts()
    {
        _bench.Write("a.json", SampleReports.Failed(), minutes: 0);
        _bench.Write("b.json", SampleReports.Success(), minutes: 5);
        _bench.Write("c.json", SampleReports.Failed(), minutes: 2);
        await _bench.ScanAsync();

        (await _bench.Database.ListAsync("SELECT status FROM db_backup_job")).ShouldBe(["SUCCESS"]);
        (await _bench.Database.AskAsync<long>("SELECT count(DISTINCT job_id) FROM report_file WHERE status = 'loaded'")).ShouldBe(1);
    }

    [Fact]
    public async Task What_does_not_change_is_not_written_again()
    {
        _bench.Write("a.json", SampleReports.Success());
        _bench.Write("bad.json", "{"u8.ToArray());
        var node = _bench.Node();
        await _bench.ScanAsync(node);
        const string versions = "SELECT xmin::text FROM db_backup_job UNION ALL SELECT xmin::text FROM report_file ORDER BY 1";
        var before = await _bench.Database.ListAsync(versions);

        await _bench.ScanAsync(node);
        await _bench.ScanAsync(_bench.Node("node-2"));
        File.SetLastWriteTimeUtc(_bench.Folder.File("a.json"), ScanBench.Yesterday.AddMinutes(1));
        await _bench.ScanAsync(node);

        // Only the file's own time was noted.
        (await _bench.Database.ListAsync(versions)).Intersect(before, StringComparer.Ordinal).Count().ShouldBe(2);
        (await _bench.Database.AskAsync<string>("SELECT xmin::text FROM db_backup_job")).ShouldBeOneOf([.. before]);
    }

    [Fact]
    public async Task A_row_that_a_person_deleted_does_not_come_back()
    {
        var node = _bench.Node();
        _bench.Write("a.json", SampleReports.Failed());
        await _bench.ScanAsync(node);
        await _bench.Database.ExecuteAsync("UPDATE db_backup_job SET deleted = true");

        _bench.Write("a.json", SampleReports.Success(), minutes: 5);
        await _bench.ScanAsync(node);

        (await _bench.Database.ListAsync("SELECT concat_ws('|', status, deleted) FROM db_backup_job")).ShouldBe(["FAILED|t"]);
    }

    [Fact]
    public async Task One_report_that_the_database_refuses_does_not_keep_the_others_out()
    {
        await _bench.Database.ExecuteAsync("ALTER TABLE db_backup_job ADD CONSTRAINT ck_test CHECK (database <> 'db77')");
        for (var i = 0; i < 200; i++) _bench.Write($"r{i}.json", SampleReports.Success($"db{i}"));

        await _bench.ScanAsync();

        (await _bench.CountAsync()).ShouldBe(199);
        var error = (await _bench.ErrorsAsync()).ShouldHaveSingleItem();
        (error.File, error.Code).ShouldBe((_bench.Folder.File("r77.json"), "REPORT_REFUSED"));
        error.Reason.ShouldContain("ck_test");
    }

    [Fact]
    public async Task A_file_that_is_gone_takes_its_error_along_but_not_its_backup()
    {
        var node = _bench.Node();
        var good = _bench.Write("a.json", SampleReports.Success());
        var bad = _bench.Write("bad.json", "{"u8.ToArray());
        await _bench.ScanAsync(node);
        (await _bench.ErrorsAsync()).Count.ShouldBe(1);

        File.Delete(good);
        File.Delete(bad);
        await _bench.ScanAsync(node);

        (await _bench.ErrorsAsync()).ShouldBeEmpty();
        (await _bench.Database.AskAsync<long>("SELECT count(*) FROM report_file")).ShouldBe(0);
        (await _bench.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_node_that_does_not_see_another_nodes_folder_leaves_its_errors_alone()
    {
        _bench.Write("bad.json", "{"u8.ToArray());
        await _bench.ScanAsync(_bench.Node("node-1"));
        using var elsewhere = new TempFolder("elsewhere");
        var other = _bench.Node("node-2");

        await other.RunAsync([elsewhere.Path], CancellationToken.None);
        await other.RunAsync([elsewhere.Path], CancellationToken.None);

        (await _bench.ErrorsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_missing_folder_is_no_reason_to_forget_its_files_and_the_other_folders_are_read()
    {
        var node = _bench.Node();
        _bench.Write("bad.json", "{"u8.ToArray());
        await _bench.ScanAsync(node);
        using var second = new TempFolder("second");
        await File.WriteAllBytesAsync(second.File("a.json"), SampleReports.Success().Bytes());
        var away = _bench.Folder.Path + ".away";
        Directory.Move(_bench.Folder.Path, away);

        await node.RunAsync([_bench.Folder.Path, second.Path], CancellationToken.None);

        (await _bench.ErrorsAsync()).Count.ShouldBe(1);
        (await _bench.CountAsync()).ShouldBe(1);
        Directory.Move(away, _bench.Folder.Path);
    }
}
