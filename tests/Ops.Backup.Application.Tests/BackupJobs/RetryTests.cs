using MediatR;
using Moq;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.BackupJobs;

/// <summary>What is tried again by itself, and what is not.</summary>
public sealed class RetryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly DatabaseSource Source = DatabaseSource.Create("orders", new ConnectionFacts("db1", 5432, "orders", "backup"), null, Noon);
    private static readonly Store Local = Store.Create(new StoreFacts("local", new LocalSettings("/data"), [], null, IsDefault: true), null, isConfigured: false, Noon);

    [Fact]
    public async Task A_failed_run_gets_its_next_attempt()
    {
        var failed = Failed();
        (await RetryAsync(new DueRetry(failed, Source, [Local], EqualUnfinished: false, Noon))).ShouldNotBeNull().RetryOf.ShouldBe(failed.Id);
        failed.RetryAt.ShouldBeNull();
    }

    [Theory]
    [InlineData("source")]
    [InlineData("stores")]
    [InlineData("equal")]
    public async Task Nothing_is_tried_again_for_want_of_what_it_needs_or_where_an_equal_one_waits(string what)
    {
        var failed = Failed();
        (await RetryAsync(new DueRetry(failed, what is "source" ? null : Source, what is "stores" ? [] : [Local], what is "equal", Noon))).ShouldBeNull();
        failed.RetryAt.ShouldBeNull();
    }

    // Its node died between the report and the row; the report, loaded since, says what it is.
    [Fact]
    public async Task A_run_whose_report_told_of_a_success_after_all_is_not_tried_again()
    {
        var job = Failed();
        typeof(BackupJob).GetProperty(nameof(BackupJob.Status))!.SetValue(job, BackupStatus.Success);
        (await RetryAsync(new DueRetry(job, Source, [Local], EqualUnfinished: false, Noon))).ShouldBeNull();
        job.RetryAt.ShouldBeNull();
    }

    [Fact]
    public async Task Cancelling_a_failed_run_keeps_it_from_being_tried_again()
    {
        var failed = Failed();
        var jobs = new Mock<IBackupJobs>();
        jobs.Setup(all => all.GetAsync(failed.Id, It.IsAny<CancellationToken>())).ReturnsAsync(failed);
        IRequestHandler<CancelBackup, Unit> handler = new CancelBackupHandler(jobs.Object, TimeProvider.System);
        await handler.Handle(new CancelBackup(failed.Id), CancellationToken.None);
        jobs.Verify(all => all.SaveIdleAsync(failed, BackupStatus.Failed, It.IsAny<CancellationToken>()));
        (failed.Status, failed.RetryAt).ShouldBe((BackupStatus.Failed, null));
    }

    private static BackupJob Failed()
    {
        var job = BackupJob.Request(
            Source, new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, false), new Destination([Local], []), null, Noon,
            new ConfigRun("c", "nightly", Noon, new RunPolicy(retries: 1), null));
        job.Start("n1", Noon);
        job.Fail(new BackupFailure("PG_DUMP_FAILED", "for the test"), Noon);
        job.RetryAt.ShouldNotBeNull();
        return job;
    }

    private static async Task<BackupJob?> RetryAsync(DueRetry due)
    {
        BackupJob? made = null;
        var queue = new Mock<IJobQueue>();
        queue.Setup(all => all.StartRetriesAsync(It.IsAny<int>(), It.IsAny<Func<DueRetry, BackupJob?>>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((int _, Func<DueRetry, BackupJob?> retry, CancellationToken _) =>
            {
                made = retry(due);
                return 1;
            });
        IRequestHandler<StartRetries, Unit> handler = new StartRetriesHandler(queue.Object);
        await handler.Handle(new StartRetries(), CancellationToken.None);
        return made;
    }
}
