using System.Text.Json.Nodes;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Reports;

/// <summary>Reports of runs that have a row already: this service's own, and those of an older platform.</summary>
[Collection(PostgresCollection.Name)]
public sealed class OwnReportTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Id = "0193-own";

    private ScanBench _bench = null!;

    public async Task InitializeAsync() => _bench = await ScanBench.CreateAsync(postgres);

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_run_that_was_given_up_is_healed_by_its_report_of_success()
    {
        await RowAsync("status = 'FAILED', error_msg = 'ABANDONED: Node n stopped', finished_at = started_at, report_modified_at = now()");
        _bench.Write("a.json", Own(SampleReports.Success()));
        await _bench.ScanAsync();

        (await RowsAsync()).ShouldBe([$"{Id}|SUCCESS|1234567|manual"]);
    }

    [Fact]
    public async Task A_failure_of_another_kind_is_changed_by_a_newer_report_only()
    {
        await RowAsync("status = 'FAILED', error_msg = 'VERIFICATION_FAILED: cut', finished_at = started_at, report_modified_at = now()");
        _bench.Write("a.json", Own(SampleReports.Success()));
        await _bench.ScanAsync();

        (await RowsAsync()).ShouldBe([$"{Id}|FAILED|manual"]);
    }

    [Fact]
    public async Task A_run_whose_lease_lives_is_left_to_its_node_and_looked_at_again()
    {
        var node = _bench.Node();
        await RowAsync("status = 'RUNNING', lease_until = now() + interval '1 hour'");
        _bench.Write("a.json", Own(SampleReports.Success()));
        await _bench.ScanAsync(node);
        (await RowsAsync()).ShouldBe([$"{Id}|RUNNING|manual"]);
        (await _bench.ErrorsAsync()).ShouldBeEmpty();

        await RowAsync("lease_until = now() - interval '1 second'");
        await _bench.ScanAsync(node);

        (await RowsAsync()).ShouldBe([$"{Id}|SUCCESS|1234567|manual"]);
    }

    [Fact]
    public async Task A_queued_job_is_not_changed_by_any_report()
    {
        await RowAsync("status = 'PENDING'");
        _bench.Write("a.json", Own(SampleReports.Success()));
        await _bench.ScanAsync();

        (await RowsAsync()).ShouldBe([$"{Id}|PENDING|manual"]);
    }

    [Fact]
    public async Task An_id_of_another_databases_backup_is_refused()
    {
        await RowAsync("status = 'FAILED', finished_at = started_at, host = 'elsewhere'");
        _bench.Write("a.json", Own(SampleReports.Success()));
        await _bench.ScanAsync();

        (await RowsAsync()).ShouldBe([$"{Id}|FAILED|manual"]);
        (await _bench.ErrorsAsync()).ShouldHaveSingleItem().Code.ShouldBe("REPORT_OF_ANOTHER_RUN");
    }

    [Fact]
    public async Task Own_reports_rebuild_a_lost_database()
    {
        _bench.Write("a.json", Own(SampleReports.Success()));
        await _bench.ScanAsync();

        (await RowsAsync()).ShouldBe([$"{Id}|SUCCESS|1234567|manual"]);
        (await _bench.Database.AskAsync<bool>("SELECT run_key IS NULL FROM db_backup_job")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_row_of_an_older_platform_is_taken_over_and_not_doubled()
    {
        // Two rows of one run, and words in small letters: both happen in tables that nobody guarded.
        await _bench.Database.ExecuteAsync("""
            ALTER TABLE db_backup_job DROP CONSTRAINT ck_db_backup_job_status;
            INSERT INTO db_backup_job (id, database, started_at, status) VALUES ('old-1', 'orders', '2026-11-21T03:00:00Z', 'success'), ('old-2', 'orders', '2026-11-21T03:00:00Z', 'success'),
                ('old-3', 'users', '2026-11-21T03:00:00Z', 'success');
            ALTER TABLE db_backup_job ADD CONSTRAINT ck_db_backup_job_status CHECK (status IN ('PENDING', 'RUNNING', 'SUCCESS', 'FAILED', 'CANCELED')) NOT VALID;
            """);
        _bench.Write("a.json", SampleReports.Success());
        _bench.Write("b.json", SampleReports.Success("users"));
        await Task.WhenAll(Enumerable.Range(1, 4).Select(node => Task.Run(() => _bench.ScanAsync(_bench.Node($"node-{node}")))));

        (await _bench.Database.ListAsync("SELECT concat_ws('|', id, status, host, run_key IS NOT NULL) FROM db_backup_job ORDER BY id"))
            .ShouldBe(["old-1|SUCCESS|db1|t", "old-2|success||f", "old-3|SUCCESS|db1|t"]);
        (await _bench.ErrorsAsync()).ShouldBeEmpty();
    }

    private static JsonObject Own(JsonObject report)
    {
        (report["id"], report["trigger"]) = (Id, "manual");
        return report;
    }

    private Task RowAsync(string values) => _bench.Database.ExecuteAsync($"""
        INSERT INTO db_backup_job (id, database, host, port, trigger, mode, started_at, status) VALUES ('{Id}', 'orders', 'db1', '5432', 'manual', 'both', '2026-11-21T03:00:00Z', 'PENDING')
        ON CONFLICT DO NOTHING;
        UPDATE db_backup_job SET {values};
        """);

    private Task<IReadOnlyList<string>> RowsAsync() => _bench.Database.ListAsync("SELECT concat_ws('|', id, status, size_bytes, trigger) FROM db_backup_job");
}
