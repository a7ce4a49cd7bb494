using Ops.Backup.Domain.BackupJobs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

public sealed class BackupJobTests
{
    private static readonly Dictionary<string, (Action<BackupJob> Do, BackupStatus[] AllowedIn)> Verbs = new(StringComparer.Ordinal)
    {
        ["start"] = (job => job.Start("node1", A.Noon), [BackupStatus.Pending]),
        ["plan"] = (job => job.Plan(new ArtifactPlan("base", "/log", "/report")), [BackupStatus.Running]),
        ["succeed"] = (job => job.Complete(A.Artifact(job), A.Noon.AddMinutes(1)), [BackupStatus.Running]),
        ["fail"] = (job => job.Fail(new BackupFailure("CODE", "text"), A.Noon.AddMinutes(1)), [BackupStatus.Pending, BackupStatus.Running]),
        ["cancel"] = (job => job.Cancel(A.Noon.AddMinutes(1)), [BackupStatus.Pending, BackupStatus.Running]),
        ["condemn"] = (job => job.Condemn(new BackupFailure("CODE", "text"), [], A.Noon), [BackupStatus.Success]),
        ["delete"] = (job => job.MarkDeleted(A.Noon), [BackupStatus.Success, BackupStatus.Failed, BackupStatus.Canceled]),
        ["retry"] = (job => job.Retry(A.Source(), A.To(A.Store("local")), A.Noon), [BackupStatus.Failed, BackupStatus.Canceled]),
    };

    public static TheoryData<string, BackupStatus> EveryVerbInEveryState()
    {
        var data = new TheoryData<string, BackupStatus>();
        foreach (var verb in Verbs.Keys)
            foreach (var status in Enum.GetValues<BackupStatus>()) data.Add(verb, status);
        return data;
    }

    [Theory]
    [MemberData(nameof(EveryVerbInEveryState))]
    public void A_verb_is_refused_in_every_state_but_its_own(string verb, BackupStatus status)
    {
        var job = A.JobThat(status);
        var (act, allowedIn) = Verbs[verb];
        if (allowedIn.Contains(status))
        {
            Should.NotThrow(() => act(job));
            return;
        }
        Should.Throw<ConflictException>(() => act(job)).ConflictingId.ShouldBe(job.Id);
        job.Status.ShouldBe(status);
    }

    [Fact]
    public void A_job_that_succeeds_tells_size_checksum_and_duration()
    {
        var job = A.RunningJob();
        job.Complete(A.Artifact(job), A.Noon.AddSeconds(65));
        job.DurationSeconds.ShouldBe(60);
        job.SizeBytes.ShouldBe(1000);
        job.Checksum.ShouldBe(new string('a', 64));
        job.LocalFile.ShouldBe("/data/orders.dump");
    }

    [Fact]
    public void A_clock_set_back_during_a_run_makes_no_negative_duration()
    {
        var job = A.RunningJob();
        job.Fail(new BackupFailure("CODE", "text"), A.Noon.AddHours(-1));
        job.FinishedAt.ShouldBe(job.StartedAt);
        job.DurationSeconds.ShouldBe(0);
    }

    [Fact]
    public void A_failure_is_stored_as_code_and_text_and_never_longer_than_its_column_is_for()
    {
        var job = A.RunningJob();
        job.Fail(new BackupFailure("DISK_FULL", new string('x', 100_000) + '\0'), A.Noon.AddMinutes(1));
        job.Error.ShouldStartWith("DISK_FULL: xxx");
        job.Error!.Length.ShouldBeLessThanOrEqualTo(4001);
    }

    [Fact]
    public void A_retry_asks_for_the_same_and_names_the_job_that_failed()
    {
        var failed = A.JobThat(BackupStatus.Failed);
        var retry = failed.Retry(A.Source(), A.To(A.Store("local")), A.Noon);
        retry.RetryOf.ShouldBe(failed.Id);
        retry.Spec.ShouldBe(failed.Spec);
        retry.Status.ShouldBe(BackupStatus.Pending);
    }

    [Fact]
    public void A_report_that_ends_before_it_starts_is_refused() =>
        Should.Throw<InvalidValueException>(() => BackupJob.FromReport(Reported() with { FinishedAt = A.Noon.AddSeconds(-1) }, A.Noon)).Code.ShouldBe("FINISHED_BEFORE_STARTED");

    [Fact]
    public void A_report_with_a_negative_size_is_refused() =>
        Should.Throw<InvalidValueException>(() => BackupJob.FromReport(Reported() with { SizeBytes = -1 }, A.Noon)).Code.ShouldBe("SIZE_NEGATIVE");

    [Fact]
    public void What_a_script_runs_is_not_stopped_from_here_and_is_given_up_without_a_node()
    {
        var job = BackupJob.FromReport(Reported() with { Status = BackupStatus.Running }, A.Noon);

        Should.Throw<ConflictException>(() => job.Cancel(A.Noon)).Code.ShouldBe("BACKUP_WAS_REPORTED");
        Should.Throw<ConflictException>(() => job.MarkDeleted(.Message.ShouldContain("record its end first");
        job.Status.ShouldBe(BackupStatus.Running);
        BackupJobErrors.Abandoned(job).ToString().ShouldBe("ABANDONED: No end of the run was recorded within a day.");
        BackupJobErrors.Abandoned(A.RunningJob()).ToString().ShouldBe("ABANDONED: Node node1 stopped while it ran the backup.");
    }

    private static ReportedRun Reported() => new()
    {
        Database = "orders",
        Host = "db1",
        Port = "5432",
        StartedAt = A.Noon,
        FinishedAt = A.Noon.AddSeconds(5),
        DurationSeconds = 5,
        Mode = BackupMode.Local,
        Tool = "pg_dump",
        Status = BackupStatus.Success,
    };
}
