using System.Text;
using Moq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Stores;

public sealed class ScanStoreTests : IDisposable
{
    private readonly FakeStore _files = new();
    private readonly Mock<IStores> _stores = new();
    private readonly Mock<IStoreScans> _scans = new();
    private readonly Mock<IReportedRuns> _runs = new(MockBehavior.Strict);
    private readonly Mock<IBackupJobs> _jobs = new();
    private readonly Mock<IAsyncDisposable> _turn = new();

    public ScanStoreTests()
    {
        var store = Store.Create(new StoreFacts("s", new S3Settings("abc", "r"), [], null, false), null, isConfigured: false, DateTimeOffset.UnixEpoch);
        _stores.Setup(stores => stores.GetAsync("s", It.IsAny<CancellationToken>())).ReturnsAsync(store);
        _stores.Setup(stores => stores.GetAsync("nowhere", It.IsAny<CancellationToken>())).ThrowsAsync(StoreErrors.NotFound("nowhere"));
        _scans.Setup(scans => scans.TryBeginAsync(store.Id, It.IsAny<CancellationToken>())).ReturnsAsync(_turn.Object);
        _jobs.Setup(jobs => jobs.ListAsync(It.IsAny<string>(), It.IsAny<int>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_scan_while_another_runs_is_refused_before_the_store_is_opened()
    {
        _scans.Setup(scans => scans.TryBeginAsync(It.IsAny<string>(), It.IsAny<CancellationToken>())).ReturnsAsync((IAsyncDisposable?)null);
        _files.Before = (_, _) => throw new InvalidOperationException("opened");
        (await Should.ThrowAsync<ConflictException>(() => ScanAsync())).Code.ShouldBe("SCAN_RUNNING");
    }

    [Fact]
    public async Task A_store_that_does_not_answer_ends_the_scan_and_its_turn()
    {
        _files.Before = (call, _) => { if (call is "list") throw new StoreException(StoreCodes.Unreachable, "no", isTransient: true); };
        (await Should.ThrowAsync<StoreException>(() => ScanAsync())).Code.ShouldBe(StoreCodes.Unreachable);
        _turn.Verify(turn => turn.DisposeAsync(), Times.Once);
        _files.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_store_that_is_not_there_is_told() =>
        (await Should.ThrowAsync<NotFoundException>(() => ScanAsync("nowhere"))).Code.ShouldBe("STORE_NOT_FOUND");

    [Fact]
    public async Task Of_many_strays_a_thousand_are_shown_and_all_counted()
    {
        for (var number = 0; number < 1100; number++) await PutAsync($"stray-{number:D4}", "x");
        var scan = await ScanAsync();
        (scan.Objects, scan.Bytes, scan.StraysCount, scan.Strays.Count, scan.Strays[0].Name).ShouldBe((1100, 1100, 1100, 1000, "stray-0000"));
    }

    [Theory]
    [InlineData(StoreCodes.Missing, 0)]
    [InlineData(StoreCodes.Denied, 1)]
    [InlineData(StoreCodes.Corrupted, 1)]
    public async Task A_report_that_went_away_is_passed_over_and_one_that_can_not_be_read_is_named(string code, int named)
    {
        await PutAsync("a.json", "{}");
        _files.Before = (call, _) => { if (call is "read") throw new StoreException(code, "why", isTransient: false); };
        var scan = await ScanAsync();
        scan.ReportsUnreadable.Select(report => report.Code).ShouldBe(Enumerable.Repeat(code, named));
    }

    [Fact]
    public async Task A_store_that_is_lost_while_reports_are_read_ends_the_scan_and_calls_no_copy_lost()
    {
        await PutAsync("a.json", "{}");
        _files.Before = (call, _) => { if (call is "read") throw new StoreException(StoreCodes.Unreachable, "no", isTransient: true); };
        await Should.ThrowAsync<StoreException>(() => ScanAsync());
        _jobs.VerifyNoOtherCalls();
    }

    [Theory]
    [InlineData("12345", 1)]
    [InlineData("123", 0)]
    public async Task A_copy_that_was_stored_while_the_store_was_listed_is_not_lost(string content, int whole)
    {
        var job = Stored();
        _jobs.Setup(jobs => jobs.ListAsync("", It.IsAny<int>(), It.IsAny<CancellationToken>())).ReturnsAsync([job]);
        await PutAsync("b.dump", content);
        _files.ListsNothing = true;

        var scan = await ScanAsync();

        (scan.CopiesWhole, scan.CopiesLostCount).ShouldBe((whole, 1 - whole));
        _jobs.Verify(jobs => jobs.SettleAsync(job.Id, It.IsAny<IReadOnlyList<StoredCopy>>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()), Times.Exactly(1 - whole));
    }

    // A SUCCESS of five bytes, in the store.
    private BackupJob Stored()
    {
        var store = _stores.Object.GetAsync("s", CancellationToken.None).Result;
        var source = DatabaseSource.Create("s", new ConnectionFacts("h", 5432, "d", "u"), null, DateTimeOffset.UnixEpoch);
        var job = BackupJob.Request(
            source, new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Parse("none"), false), new Destination([store], []), null, DateTimeOffset.UnixEpoch);
        job.Start("n1", DateTimeOffset.UnixEpoch);
        job.Plan(new ArtifactPlan("b", "/b.log", "/b.json"));
        job.Complete(
            new Artifact([new ArtifactFile(FileRole.Dump, "b.dump", null, 5, new string('a', 64))], "17", "17", [new StoredCopy(store.Id, "fake://b.dump", 5, null)]), DateTimeOffset.UnixEpoch);
        return job;
    }

    private async Task PutAsync(string name, string content)
    {
        using var pool = new BlockPool(2);
        await using var staged = await _files.StageAsync(name, new StreamBlocks(new MemoryStream(Encoding.UTF8.GetBytes(content)), pool), CancellationToken.None);
        await staged.PublishAsync(overwrite: true, CancellationToken.None);
    }

    private Task<StoreScanResult> ScanAsync(string store = "s") =>
        new ScanStoreHandler(_stores.Object, _files, _scans.Object, _runs.Object, _jobs.Object, Mock.Of<INodeIdentity>(node => node.Name == "n1"), TimeProvider.System)
            .Handle(new ScanStore(store), CancellationToken.None);
}
