using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores;

/// <summary>Scans of a folder, with the table in PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class StoreScanTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Dump = StoreScanBench.Base + ".dump";

    private StoreScanBench _bench = null!;

    public async Task InitializeAsync() => _bench = await StoreScanBench.CreateAsync(postgres);

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task With_an_empty_table_a_scan_brings_rows_and_copies_back_though_the_store_has_another_name_now()
    {
        _bench.WriteOwn();
        _bench.WriteOwn("own-2", "orders_20261121T040000Z_db1", "2026-11-21T04:00:00Z");

        var first = await _bench.ScanAsync();

        (first.Objects, first.ReportsLoaded, first.CopiesFound, first.CopiesWhole, first.StraysCount).ShouldBe((4, 2, 2, 0, 0));
        (await _bench.JobAsync()).ShouldBe("own-1|SUCCESS own-2|SUCCESS");
        (await _bench.CopyAsync()).ShouldBe("own-1|renamed|n1|completed|5000|f own-2|renamed|n1|completed|5000|f");
        var again = await _bench.ScanAsync();
        (again.ReportsLoaded, again.CopiesFound, again.CopiesWhole).ShouldBe((0, 0, 2));
        again.Bytes.ShouldBe(new DirectoryInfo(_bench.Folder.Path).EnumerateFiles().Sum(file => file.Length));
    }

    [Fact]
    public async Task A_host_scripts_dump_is_found_by_its_name_and_can_then_be_downloaded_and_deleted()
    {
        _bench.Write(Dump, _bench.Dump);
        _bench.Write(Dump + ".sha256", "sum"u8.ToArray());
        _bench.Write(StoreScanBench.Base + "_globals.sql", "roles"u8.ToArray());
        _bench.Write(StoreScanBench.Base + ".json", _bench.Report(StoreScanBench.Base).Bytes());

        var scan = await _bench.ScanAsync();

        (scan.ReportsLoaded, scan.CopiesFound, scan.StraysCount).ShouldBe((1, 1, 0));
        var job = await _bench.Jobs().GetAsync(await _bench.Database.AskAsync<string>("SELECT id FROM db_backup_job"), CancellationToken.None);
        job.Files.Select(file => file.Name).ShouldBe([Dump, Dump + ".sha256", StoreScanBench.Base + "_globals.sql"]);
        job.Files[0].Sha256.ShouldBe(StoreScanBench.Sha256(_bench.Dump));
        job.Files[2].Sha256.ShouldBe(StoreScanBench.Sha256("roles"u8.ToArray()));
        job.RemoteUrls.ShouldBe([$"oss://bucket/postgres/backups/{Dump}"]);
        job.LocalFile.ShouldBe(_bench.Folder.File(Dump));
        (await _bench.ScanAsync()).CopiesWhole.ShouldBe(1);
    }

    [Fact]
    public async Task Backups_whose_names_are_paths_come_back_each_from_its_own_folder_and_what_lies_beside_them_is_astray()
    {
        _bench.WriteOwn("own-1", "automatic/nightly/030000");
        _bench.WriteOwn("own-2", "automatic/订单/030000", "2026-11-21T04:00:00Z");
        _bench.Write("automatic/gone/030000.dump", "x"u8.ToArray());

        var first = await _bench.ScanAsync();

        (first.ReportsLoaded, first.CopiesFound).ShouldBe((2, 2));
        first.Strays.ShouldHaveSingleItem().Name.ShouldBe("automatic/gone/030000.dump");
        var job = await _bench.Jobs().GetAsync("own-2", CancellationToken.None);
        (job.BaseName, job.LocalFile, job.Files[0].Name).ShouldBe(("automatic/订单/030000", _bench.Folder.File("automatic/订单/030000.dump"), "automatic/订单/030000.dump"));
        File.Delete(_bench.Folder.File("automatic/nightly/030000.dump"));
        var again = await _bench.ScanAsync();
        (again.CopiesWhole, again.CopiesLost.ShouldHaveSingleItem().BackupId).ShouldBe((1, "own-1"));
    }

    [Fact]
    public async Task A_dump_of_another_size_is_no_copy()
    {
        _bench.WriteOwn();
        _bench.Write(Dump, _bench.Dump[1..]);
        (await _bench.ScanAsync()).CopiesFound.ShouldBe(0);
        (await _bench.CopyAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_copy_that_is_gone_fails_and_is_due_for_repair_and_one_that_is_back_is_confirmed()
    {
        await ScannedAsync();
        File.Delete(_bench.Folder.File(Dump));

        var lost = (await _bench.ScanAsync()).CopiesLost.ShouldHaveSingleItem();

        (lost.BackupId, lost.Database).ShouldBe(("own-1", "orders"));
        lost.Reason.ShouldStartWith($"{StoreCodes.Missing}: ");
        (await _bench.JobAsync()).ShouldBe("own-1|FAILED|COPY_FAILED");
        (await _bench.CopyAsync()).ShouldBe($"own-1|renamed|n1|failed|5000|{StoreCodes.Missing}|t");

        _bench.Write(Dump, _bench.Dump);
        (await _bench.ScanAsync()).CopiesConfirmed.ShouldBe(1);
        (await _bench.JobAsync()).ShouldBe("own-1|SUCCESS");
        (await _bench.CopyAsync()).ShouldBe("own-1|renamed|n1|completed|5000|f");
    }

    [Fact]
    public async Task A_copy_of_another_size_is_corrupted_and_other_bytes_of_the_right_size_do_not_confirm_it()
    {
        await ScannedAsync();
        _bench.Write(Dump, _bench.Dump[..100]);
        (await _bench.ScanAsync()).CopiesLost.ShouldHaveSingleItem().Reason.ShouldStartWith($"{StoreCodes.Corrupted}: ");

        _bench.Write(Dump, [.. _bench.Dump[..^1], (byte)(_bench.Dump[^1] ^ 1)]);
        (await _bench.ScanAsync()).CopiesConfirmed.ShouldBe(0);
        (await _bench.CopyAsync()).ShouldContain("|failed|");
    }

    [Fact]
    public async Task Another_nodes_disk_is_not_called_empty()
    {
        await ScannedAsync();
        File.Delete(_bench.Folder.File(Dump));
        (await _bench.ScanAsync("n2")).CopiesLostCount.ShouldBe(0);
        (await _bench.JobAsync()).ShouldBe("own-1|SUCCESS");
    }

    [Fact]
    public async Task What_was_deleted_stays_deleted_and_what_went_wrong_is_no_backup()
    {
        await ScannedAsync();
        await _bench.Database.ExecuteAsync("UPDATE db_backup_job SET deleted = true");
        var scan = await _bench.ScanAsync();
        (scan.ReportsLoaded, scan.CopiesWhole, await _bench.Database.AskAsync<bool>("SELECT deleted FROM db_backup_job")).ShouldBe((0, 0, true));

        await _bench.Database.ExecuteAsync("DELETE FROM backup_copy; UPDATE db_backup_job SET deleted = false, status = 'FAILED', error_msg = 'VERIFICATION_FAILED: cut'");
        (await _bench.ScanAsync()).CopiesFound.ShouldBe(0);
    }

    [Fact]
    public async Task A_run_that_was_given_up_is_healed_by_its_report()
    {
        await ScannedAsync();
        await _bench.Database.ExecuteAsync("DELETE FROM backup_copy; UPDATE db_backup_job SET status = 'FAILED', error_msg = 'ABANDONED: Node n1 stopped', files = '[]'");
        var scan = await _bench.ScanAsync();
        (scan.ReportsLoaded, scan.CopiesFound).ShouldBe((1, 1));
        (await _bench.JobAsync()).ShouldBe("own-1|SUCCESS");
    }

    [Fact]
    public async Task Reports_that_can_not_be_are_named_with_their_reason_and_the_others_loaded()
    {
        _bench.WriteOwn();
        _bench.Write("bad.json", "{"u8.ToArray());
        _bench.Write("empty.json", []);
        _bench.Write("huge.json", new byte[(1 << 20) + 1]);

        var scan = await _bench.ScanAsync();

        scan.ReportsUnreadable.Select(report => $"{report.Name} {report.Code}").ShouldBe(["bad.json REPORT_NOT_JSON", "empty.json REPORT_NOT_JSON", "huge.json REPORT_TOO_LARGE"]);
        (scan.ReportsLoaded, scan.ReportsUnreadableCount, scan.StraysCount).ShouldBe((1, 3, 0));
    }

    [Fact]
    public async Task What_belongs_to_no_backup_is_named_and_nothing_is_deleted()
    {
        _bench.WriteOwn();
        await _bench.Database.ExecuteAsync("INSERT INTO db_backup_job (id, started_at, database, host, port, status, mode, tool, base_name, lease_until, lease_owner, node) VALUES ('run', now(), 'x', 'h', '1', 'RUNNING', 'local', 'pg_dump', 'running_1', now() + interval '1 hour', 'n1', 'n1')");
        foreach (var name in new[] { "holiday photos/一 'x'.jpg", "old.dump", "running_1.dump", "running_1_globals.sql", "old.dump2.partial", "running_1.dump.partial", "new.partial" }) _bench.Write(name, "x"u8.ToArray());
        foreach (var name in new[] { "old.dump2.partial", "running_1.dump.partial" }) File.SetLastWriteTimeUtc(_bench.Folder.File(name), DateTime.UtcNow.AddDays(-2));

        var scan = await _bench.ScanAsync();

        scan.Strays.Select(file => $"{file.Name} {file.SizeBytes}").ShouldBe(["holiday photos/一 'x'.jpg 1", "old.dump 1"]);
        scan.Unfinished.Select(file => file.Name).ShouldBe(["old.dump2"]);
        Directory.EnumerateFiles(_bench.Folder.Path, "*", SearchOption.AllDirectories).Count().ShouldBe(9);
    }

    [Fact]
    public async Task Of_nodes_that_scan_at_once_one_does_and_the_others_are_told()
    {
        for (var number = 0; number < 20; number++) _bench.WriteOwn($"own-{number:D2}", $"orders_20261121T03{number:D2}00Z_db1", $"2026-11-21T03:{number:D2}:00Z");
        var scans = new StoreScans(_bench.Database.DataSource, _bench.Database.Sql);
        await using (await scans.TryBeginAsync(_bench.Store.Id, CancellationToken.None))
        {
            (await Should.ThrowAsync<ConflictException>(() => _bench.ScanAsync("n2"))).Code.ShouldBe("SCAN_RUNNING");
            await using var other = await scans.TryBeginAsync("another store", CancellationToken.None);
            other.ShouldNotBeNull();
        }
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            try { return (await _bench.ScanAsync()).ReportsLoaded; }
            catch (ConflictException) { return 0; }
        })));
        outcomes.Sum().ShouldBe(20);
        (await _bench.Database.AskAsync<long>("SELECT count(*) FROM db_backup_job")).ShouldBe(20);
    }

    private async Task ScannedAsync()
    {
        _bench.WriteOwn();
        (await _bench.ScanAsync()).CopiesFound.ShouldBe(1);
    }
}
