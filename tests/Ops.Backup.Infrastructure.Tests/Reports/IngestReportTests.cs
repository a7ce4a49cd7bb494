using Ops.Backup.Application.Reports;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Reports;

[Collection(PostgresCollection.Name)]
public sealed class IngestReportTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly FakeTime _time = new(DateTimeOffset.UtcNow.AddDays(-2));
    private ScanBench _bench = null!;

    public async Task InitializeAsync() => _bench = await ScanBench.CreateAsync(postgres);

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_report_that_is_sent_twice_is_one_backup_and_a_later_version_updates_it()
    {
        var first = await SendAsync(SampleReports.Failed().Bytes());
        var again = await SendAsync(SampleReports.Failed().Bytes());
        var later = await SendAsync(SampleReports.Success().Bytes());

        first.Added.ShouldBeTrue();
        (again.Added, later.Added).ShouldBe((false, false));
        (again.Id, later.Id).ShouldBe((first.Id, first.Id));
        (await _bench.Database.ListAsync("SELECT concat_ws('|', status, coalesce(report_file, 'no file')) FROM db_backup_job")).ShouldBe(["SUCCESS|no file"]);
    }

    [Fact]
    public async Task A_report_that_was_sent_and_is_scanned_too_is_one_backup()
    {
        await SendAsync(SampleReports.Success().Bytes());
        _bench.Write("a.json", SampleReports.Success());
        await _bench.ScanAsync();

        (await _bench.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Sent_at_once_from_everywhere_it_is_added_once()
    {
        var sent = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => SendAsync(SampleReports.Success().Bytes()))));

        sent.Count(one => one.Added).ShouldBe(1);
        sent.Select(one => one.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
    }

    [Fact]
    public async Task What_is_wrong_is_said_and_nothing_is_stored()
    {
        var e = await Should.ThrowAsync<ReportRejectedException>(() => SendAsync("{}"u8.ToArray()));

        (e.Code, e.Place).ShouldBe(("KEY_MISSING", "$.errorMessage"));
        (await _bench.CountAsync()).ShouldBe(0);
    }

    private Task<IngestedReport> SendAsync(byte[] report)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return new IngestReportHandler(new ReportedRunStore(_bench.Database.Sql, _time), _time).Handle(new IngestReport(report), CancellationToken.None);
    }
}
