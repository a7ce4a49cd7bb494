using MediatR;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Moq;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Verification;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.BackupJobs;

/// <summary>The order of a run's last steps, and its ends: what the promises say of the moments between two steps.</summary>
public sealed class RunBackupTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly DatabaseSource Source = DatabaseSource.Create("orders", new ConnectionFacts("db1", 5432, "orders", "backup"), null, Noon);

    private static readonly Store Local = Stored("local", new LocalSettings("/data"));
    private static readonly Store Remote = Stored("oss", new OssSettings("bucket", "oss-cn-hangzhou.aliyuncs.com"));

    private readonly Mock<IBackupJobs> _jobs = new();
    private readonly Mock<ISources> _sources = new();
    private readonly Mock<IBackupPipeline> _pipeline = new();
    private readonly Mock<IReportWriter> _reports = new();
    private readonly Mock<IMediator> _mediator = new();
    private readonly List<string> _steps = [];
    private readonly BackupJob _job = BackupJob.Request(Source, new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, false), new Destination([Local, Remote], []), null, Noon);

    public RunBackupTests()
    {
        _job.Start("node1", Noon);
        _jobs.Setup(jobs => jobs.GetAsync(_job.Id, It.IsAny<CancellationToken>())).ReturnsAsync(_job);
        _jobs.Setup(jobs => jobs.HeartbeatAsync(_job.Id, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).ReturnsAsync(LeaseState.Held);
        _jobs.Setup(jobs => jobs.SaveOwnAsync(_job, It.IsAny<CancellationToken>())).ReturnsAsync(true).Callback(() => _steps.Add($"row {_job.Status}"));
        _sources.Setup(sources => sources.GetAsync(Source.Id, It.IsAny<CancellationToken>())).ReturnsAsync(Source);
        _pipeline.Setup(pipeline => pipeline.Plan(_job, Source)).Returns(new ArtifactPlan("base", "/log", "/report"));
        Dumps(() => Task.FromResult(Made()));
        _reports.Setup(reports => reports.PutAsync(_job, It.IsAny<CancellationToken>())).ReturnsAsync([]);
        _reports.Setup(reports => reports.Write(_job)).Returns(Noon).Callback(() => _steps.Add($"report {_job.Status}"));
        _mediator.Setup(mediator => mediator.Send(It.IsAny<VerifyBackup>(), It.IsAny<CancellationToken>())).ReturnsAsync(Unit.Value).Callback(() => _steps.Add("verification"));
    }

    [Fact]
    public async Task The_report_is_written_before_the_row_and_the_verification_follows_both()
    {
        await RunAsync();
        _steps.ShouldBe(["row Running", "report Success", "row Success", "verification"]);
    }

    [Fact]
    public async Task A_failure_is_reported_too_and_nothing_is_verified()
    {
        Dumps(() => throw new BackupFailedException("DISK_FULL", "no room"));
        await RunAsync();
        _steps.ShouldBe(["row Running", "report Failed", "row Failed"]);
        _job.Error.ShouldBe("DISK_FULL: no room");
    }

    [Fact]
    public async Task What_was_not_expected_tells_its_kind_only_because_its_message_may_hold_anything()
    {
        Dumps(() => throw new InvalidOperationException("Password=hunter2"));
        await RunAsync();
        _job.Error!.ShouldStartWith("INTERNAL_ERROR");
        _job.Error.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_backup_whose_report_can_not_be_written_is_taken_back()
    {
        _reports.Setup(reports => reports.Write(_job)).Throws(new IOException("No space left on device"));
        await RunAsync();
        _pipeline.Verify(pipeline => pipeline.TakeBackAsync(_job, It.IsAny<CancellationToken>()));
        _job.Status.ShouldBe(BackupStatus.Failed);
        _job.Error!.ShouldStartWith("REPORT_UNWRITABLE");
    }

    [Fact]
    public async Task A_backup_that_is_whole_is_reported_though_the_lease_was_lost_so_that_the_report_can_mend_the_row()
    {
        // The run finishes first and the loss shows only then.
        _jobs.Setup(jobs => jobs.HeartbeatAsync(_job.Id, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).ReturnsAsync(LeaseState.Lost);
        _jobs.SetupSequence(jobs => jobs.SaveOwnAsync(_job, It.IsAny<CancellationToken>())).ReturnsAsync(true).ReturnsAsync(false);
        await RunAsync();
        _steps.ShouldBe(["report Success"]);
    }

    [Fact]
    public async Task A_lost_lease_ends_the_run_without_a_word_because_the_reaper_has_named_the_end()
    {
        _jobs.Setup(jobs => jobs.HeartbeatAsync(_job.Id, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).ReturnsAsync(LeaseState.Lost);
        DumpsUntilStopped();
        await RunAsync();
        _steps.ShouldBe(["row Running"]);
        _job.Status.ShouldBe(BackupStatus.Running);
    }

    [Fact]
    public async Task A_request_to_cancel_ends_the_run_as_canceled()
    {
        _jobs.Setup(jobs => jobs.HeartbeatAsync(_job.Id, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).ReturnsAsync(LeaseState.CancelRequested);
        DumpsUntilStopped();
        await RunAsync();
        _steps.ShouldBe(["row Running", "report Canceled", "row Canceled"]);
    }

    [Fact]
    public async Task A_request_to_cancel_that_comes_when_all_is_stored_is_heard_and_takes_the_files_back()
    {
        _jobs.Setup(jobs => jobs.HeartbeatAsync(_job.Id, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).ReturnsAsync(LeaseState.CancelRequested);
        await RunAsync();
        _pipeline.Verify(pipeline => pipeline.TakeBackAsync(_job, It.IsAny<CancellationToken>()));
        _steps[^1].ShouldBe("row Canceled");
    }

    [Fact]
    public async Task A_heartbeat_that_fails_in_an_unexpected_way_does_not_fail_a_backup_that_is_stored()
    {
        _jobs.Setup(jobs => jobs.HeartbeatAsync(_job.Id, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("permission denied"));
        await RunAsync();
        _steps.ShouldBe(["row Running", "report Success", "row Success", "verification"]);
    }

    [Fact]
    public async Task A_store_that_failed_fails_the_backup_whose_good_copy_is_kept_and_reported()
    {
        Dumps(() => Task.FromResult(Made(StoredCopy.Failed(Remote.Id, new BackupFailure("STORE_UNREACHABLE", "no answer")))));
        await RunAsync();
        _steps.ShouldBe(["row Running", "report Failed", "row Failed"]);
        _job.Error!.ShouldStartWith("COPY_FAILED");
        _job.HasArtifact.ShouldBeTrue();
        _pipeline.Verify(pipeline => pipeline.TakeBackAsync(_job, It.IsAny<CancellationToken>()), Times.Never);
    }

    [Fact]
    public async Task A_store_that_takes_no_report_has_no_copy_and_the_reports_of_the_others_are_written_anew()
    {
        _reports.SetupSequence(reports => reports.PutAsync(_job, It.IsAny<CancellationToken>()))
            .ReturnsAsync([StoredCopy.Failed(Remote.Id, new BackupFailure("STORE_FULL", "no room"))]).ReturnsAsync([]);
        await RunAsync();
        _steps[^1].ShouldBe("row Failed");
        _reports.Verify(reports => reports.PutAsync(_job, It.IsAny<CancellationToken>()), Times.Exactly(2));
    }

    [Fact]
    public async Task A_store_that_gives_nothing_back_does_not_turn_a_cancelled_run_into_another_failure()
    {
        _jobs.Setup(jobs => jobs.HeartbeatAsync(_job.Id, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).ReturnsAsync(LeaseState.CancelRequested);
        _pipeline.Setup(pipeline => pipeline.TakeBackAsync(_job, It.IsAny<CancellationToken>())).ThrowsAsync(new StoreException(StoreCodes.Unreachable, "no answer", isTransient: true));
        await RunAsync();
        _steps[^1].ShouldBe("row Canceled");
    }

    [Fact]
    public async Task A_run_that_a_stop_interrupts_is_tried_again_at_once_whoever_asked_for_it()
    {
        DumpsUntilStopped();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await RunAsync(stop.Token);
        _job.Error!.ShouldStartWith("SERVICE_STOPPED");
        _job.RetryAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(TimeProvider.System.GetUtcNow());
    }

    private static Artifact Made(params StoredCopy[] instead) => new(
        [new ArtifactFile(FileRole.Dump, "base.dump", "/data/base.dump", 10, new string('a', 64))], "15.18", "15.18",
        [.. new[] { Local, Remote }.Select(store => instead.FirstOrDefault(copy => copy.StoreId == store.Id) ?? new StoredCopy(store.Id, "url", 10, null))]);

    private static Store Stored(string name, StoreSettings settings) =>
        Store.Create(new StoreFacts(name, settings, [], BytesPerSecond: null, IsDefault: true), encryptedCredentials: null, isConfigured: false, Noon);

    private void Dumps(Func<Task<Artifact>> dump) => _pipeline
        .Setup(pipeline => pipeline.RunAsync(_job, Source, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>())).Returns(dump);

    private void DumpsUntilStopped() => _pipeline
        .Setup(pipeline => pipeline.RunAsync(_job, Source, It.IsAny<BackupProgress>(), It.IsAny<CancellationToken>()))
        .Returns(async (BackupJob _, DatabaseSource _, BackupProgress _, CancellationToken stop) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return Made();
        });

    private async Task RunAsync(CancellationToken stop = default)
    {
        var leases = new LeaseKeeper(_jobs.Object, Options.Create(new BackupOptions()), TimeProvider.System, NullLogger<LeaseKeeper>.Instance);
        IRequestHandler<RunBackup, Unit> handler = new RunBackupHandler(
            _jobs.Object, _sources.Object, _pipeline.Object, _reports.Object, leases, _mediator.Object, TimeProvider.System, NullLogger<RunBackupHandler>.Instance);
        await handler.Handle(new RunBackup(_job.Id), stop);
        leases.IsRunningHere(_job.Id).ShouldBeFalse();
    }
}
