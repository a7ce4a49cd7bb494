using MediatR;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Verification;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.BackupJobs;

public sealed class RepairCopiesTests
{
    private readonly Mock<IBackupJobs> _jobs = new();
    private readonly Mock<IBackupPipeline> _pipeline = new();
    private readonly Mock<IReportWriter> _reports = new();
    private readonly Mock<IMediator> _mediator = new();
    private readonly List<string> _reported = [];

    [Fact]
    public async Task A_repaired_copy_makes_the_backup_a_success_that_is_reported_and_verified()
    {
        var job = A.JobWithout("oss");
        Repairs(job, "oss", A.Good(job.Copy("oss")));
        await RunAsync();
        _reported.ShouldBe(["Success"]);
        _mediator.Verify(mediator => mediator.Send(It.Is<VerifyBackup>(verify => verify.JobId == job.Id), It.IsAny<CancellationToken>()));
    }

    [Fact]
    public async Task One_that_is_still_missing_is_reported_so_and_nothing_is_verified()
    {
        var job = A.JobWithout("oss");
        Repairs(job, "oss", StoredCopy.Failed(job.Copy("oss").StoreId, new BackupFailure("STORE_FULL", "no room")));
        await RunAsync();
        _reported.ShouldBe(["Failed"]);
        _mediator.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task When_another_copy_was_repaired_meanwhile_the_reports_are_written_again()
    {
        var job = A.JobWithout("oss", "oss2");
        Repairs(job, "oss", A.Good(job.Copy("oss")));
        // Between our reports and our last look another node repairs the other copy.
        var both = A.JobWithout();
        _jobs.SetupSequence(jobs => jobs.GetAsync(job.Id, It.IsAny<CancellationToken>())).ReturnsAsync(job).ReturnsAsync(both).ReturnsAsync(both);
        await RunAsync();
        _reported.ShouldBe(["Failed", "Success"]);
    }

    [Fact]
    public async Task A_store_that_takes_the_dump_but_not_the_report_has_no_whole_copy()
    {
        var job = A.JobWithout("oss");
        Repairs(job, "oss", A.Good(job.Copy("oss")));
        _reports.SetupSequence(reports => reports.PutAsync(job, It.IsAny<CancellationToken>()))
            .ReturnsAsync([StoredCopy.Failed(job.Copy("oss").StoreId, new BackupFailure("STORE_FULL", "no room"))]).ReturnsAsync([]);
        await RunAsync();
        _reported[^1].ShouldBe("Failed");
    }

    [Fact]
    public async Task Nobody_is_asked_to_repair_what_is_good_or_has_nothing_to_be_repaired_from()
    {
        var good = A.JobWithout();
        _jobs.Setup(jobs => jobs.GetAsync(good.Id, It.IsAny<CancellationToken>())).ReturnsAsync(good);
        await Should.ThrowAsync<ConflictException>(() => AskAsync(good.Id, "oss"));
        await Should.ThrowAsync<NotFoundException>(() => AskAsync(good.Id, "elsewhere"));
        var lost = A.RunningJob();
        lost.Fail(new BackupFailure("DUMP_FAILED", "no"), A.Noon);
        _jobs.Setup(jobs => jobs.GetAsync(lost.Id, It.IsAny<CancellationToken>())).ReturnsAsync(lost);
        (await Should.ThrowAsync<ConflictException>(() => AskAsync(lost.Id, "oss"))).Code.ShouldBe("NO_GOOD_COPY");
    }

    private void Repairs(BackupJob job, string store, StoredCopy outcome)
    {
        _jobs.SetupSequence(jobs => jobs.ClaimRepairAsync(It.IsAny<CancellationToken>())).ReturnsAsync(new CopyKey(job.Id, job.Copy(store).StoreId)).ReturnsAsync((CopyKey?)null);
        _jobs.Setup(jobs => jobs.GetAsync(job.Id, It.IsAny<CancellationToken>())).ReturnsAsync(job);
        _jobs.Setup(jobs => jobs.SettleAsync(job.Id, It.IsAny<IReadOnlyList<StoredCopy>>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((string _, IReadOnlyList<StoredCopy> outcomes, DateTimeOffset now, CancellationToken _) =>
            {
                job.Settle(outcomes, now);
                return job;
            });
        _pipeline.Setup(pipeline => pipeline.RepairAsync(job, It.IsAny<BackupCopy>(), It.IsAny<CancellationToken>())).ReturnsAsync(outcome);
        _reports.Setup(reports => reports.PutAsync(It.IsAny<BackupJob>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        _reports.Setup(reports => reports.Write(It.IsAny<BackupJob>())).Callback((BackupJob written) => _reported.Add(written.Status.ToString()));
    }

    private Task<Unit> RunAsync() => ((IRequestHandler<RepairCopies, Unit>)new RepairCopiesHandler(
        _jobs.Object, _pipeline.Object, _reports.Object, _mediator.Object, TimeProvider.System, NullLogger<RepairCopiesHandler>.Instance)).Handle(new RepairCopies(), CancellationToken.None);

    private Task<Unit> AskAsync(string id, string store) => ((IRequestHandler<RequestRepair, Unit>)new RequestRepairHandler(_jobs.Object)).Handle(new RequestRepair(id, store), CancellationToken.None);
}
