using Microsoft.Extensions.Options;
using Moq;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

/// <summary>What a dead run left goes, in every store that answers; what is good, or another's, stays.</summary>
public sealed class RunLeftoversTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly TempFolder _folder = new("leftovers");
    private readonly Mock<IStores> _stores = new();
    private readonly Mock<IArtifactStores> _open = new();
    private readonly BackupJob _job;

    public RunLeftoversTests()
    {
        Store[] stores = [Stored("a"), Stored("b")];
        foreach (var store in stores)
        {
            _stores.Setup(all => all.GetAsync(store.Id, It.IsAny<CancellationToken>())).ReturnsAsync(store);
            _open.Setup(all => all.Open(store)).Returns(() => new FolderStore(_folder.File(store.Name)));
        }
        var source = DatabaseSource.Create("orders", new ConnectionFacts("db1", 5432, "orders", "backup"), null, Noon);
        _job = BackupJob.Request(source, new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, false), new Destination(stores, []), null, Noon);
        _job.Start("node1", Noon);
        _job.Plan(new ArtifactPlan("x", _folder.File("x.log"), _folder.File("reports/x.json")));
        _job.Fail(new BackupFailure("ABANDONED", "died"), Noon);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Whatever_it_left_is_deleted_and_a_report_is_still_to_be_written()
    {
        Write("a", "x.dump.partial", "x_globals.sql", "y.dump");
        Write("b", "x.dump", "x.json");
        File.WriteAllText(_folder.File("b/x.json"), $$"""{"id":"{{_job.Id}}","status":"FAILED"}""");
        (await Leftovers().CleanUpAsync(_job, default)).ShouldBeTrue();
        Names("a").ShouldBe(["y.dump"]);
        Names("b").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_success_that_only_a_store_knows_of_is_kept_and_its_report_brought_here()
    {
        Directory.CreateDirectory(_folder.File("reports"));
        Write("a", "x.dump");
        File.WriteAllText(_folder.File("a/x.json"), $$"""{"id":"{{_job.Id}}","status":"SUCCESS"}""");
        (await Leftovers().CleanUpAsync(_job, default)).ShouldBeFalse();
        Names("a").ShouldBe(["x.dump", "x.json"]);
        File.ReadAllText(_folder.File("reports/x.json")).ShouldContain("SUCCESS");
    }

    [Theory]
    [InlineData("""{"id":"another","status":"SUCCESS"}""")]
    [InlineData("""{"status":"SUCCESS"}""")]
    public async Task What_another_run_has_under_the_same_name_is_left_alone(string report)
    {
        Write("a", "x.dump");
        File.WriteAllText(_folder.File("a/x.json"), report);
        await Leftovers().CleanUpAsync(_job, default);
        Names("a").ShouldBe(["x.dump", "x.json"]);
        File.Exists(_folder.File("reports/x.json")).ShouldBeFalse("it says nothing of this run");
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_told_of_when_the_others_are_clean()
    {
        var away = new Mock<IArtifactStore>();
        away.Setup(store => store.ListStagedAsync(It.IsAny<string>(), It.IsAny<CancellationToken>())).Throws(new StoreException(StoreCodes.Unreachable, "no answer", isTransient: true));
        _open.Setup(all => all.Open(It.Is<Store>(store => store.Name == "a"))).Returns(away.Object);
        Write("b", "x.dump");
        await Should.ThrowAsync<StoreException>(() => Leftovers().TakeBackAsync(_job, default));
        Names("b").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"status\":1,\"id\":2}")]
    [InlineData("{\"status\":\"SUCC")]
    public void What_is_no_whole_report_says_no_success(string text) =>
        (ReportFacts.Of(System.Text.Encoding.UTF8.GetBytes(text))?.SaysSuccess ?? false).ShouldBeFalse();

    private RunLeftovers Leftovers()
    {
        var stores = new JobStores(_stores.Object, _open.Object, Mock.Of<INodeIdentity>(node => node.Name == "node1"));
        return new RunLeftovers(Options.Create(new BackupOptions { DataFolder = _folder.File("data") }), stores, new CopyReports(stores));
    }

    private Store Stored(string name) =>
        Store.Create(new StoreFacts(name, new LocalSettings(_folder.File(name)), [], BytesPerSecond: null, IsDefault: true), encryptedCredentials: null, isConfigured: false, Noon);

    private void Write(string folder, params string[] names)
    {
        Directory.CreateDirectory(_folder.File(folder));
        foreach (var name in names) File.WriteAllText(Path.Combine(_folder.File(folder), name), name);
    }

    private IEnumerable<string> Names(string folder) => Directory.Exists(_folder.File(folder))
        ? Directory.EnumerateFiles(_folder.File(folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal) : [];
}
