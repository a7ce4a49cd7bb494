using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Configs;

public sealed class BackupConfigTests
{
    private static readonly RunSetting Setting = new(A.Source(), [A.Store("local")]);

    [Fact]
    public void A_due_config_makes_an_automatic_job_with_all_that_it_decides()
    {
        var policy = new RunPolicy(5, 60, 2, 30, "n1", "cn");
        var config = Make(schedule: "@daily", policy: policy);
        var job = config.StartDue(Setting, null, ownUnfinished: false, Midnight).ShouldHaveSingleItem();
        (job.Trigger, job.ConfigId, job.ConfigName, job.ScheduledFor, job.Status).ShouldBe((BackupTrigger.Automatic, config.Id, "nightly", (DateTimeOffset?)Midnight, BackupStatus.Pending));
        (job.Policy, job.Description).ShouldBe((policy, "自动备份 - nightly"));
        (config.Next!.At, config.LastRunAt).ShouldBe((Midnight.AddDays(1), Midnight));
    }

    [Fact]
    public void Before_its_time_and_while_it_is_disabled_nothing_starts()
    {
        var config = Make("@daily");
        config.StartDue(Setting, null, ownUnfinished: false, Midnight.AddSeconds(-1)).ShouldBeEmpty();
        config.Disable(A.Noon);
        config.Next.ShouldBeNull();
        config.StartDue(Setting, null, ownUnfinished: false, Midnight).ShouldBeEmpty();
    }

    [Fact]
    public void What_passed_while_it_was_disabled_was_not_missed()
    {
        var config = Make("@daily");
        config.Disable(A.Noon);
        config.Enable(A.Noon.AddDays(10));
        config.Next!.At.ShouldBe(Midnight.AddDays(10));
    }

    [Fact]
    public void A_run_by_hand_belongs_to_the_config_but_not_to_its_schedule()
    {
        var config = Make("@daily");
        var job = config.RunNow(Setting, A.Noon);
        (job.Trigger, job.ConfigId, job.ScheduledFor).ShouldBe((BackupTrigger.Manual, config.Id, null));
        config.Next!.At.ShouldBe(Midnight);
    }

    [Theory]
    [InlineData(WhenBusy.Wait, false, BackupStatus.Pending)]
    [InlineData(WhenBusy.Skip, false, BackupStatus.Canceled)]
    [InlineData(WhenBusy.Wait, true, BackupStatus.Canceled)]
    public void Behind_another_of_its_source_it_waits_or_is_skipped_and_never_queues_up_behind_itself(WhenBusy whenBusy, bool own, BackupStatus expected)
    {
        var job = Make("@daily", whenBusy: whenBusy).StartDue(Setting, "other", own, Midnight).ShouldHaveSingleItem();
        job.Status.ShouldBe(expected);
        if (expected is BackupStatus.Canceled) job.Error!.ShouldStartWith("SKIPPED: Backup other");
    }

    [Fact]
    public void What_was_missed_leaves_a_record_beside_the_run_that_makes_up_for_it()
    {
        var jobs = Make("@daily").StartDue(Setting, null, ownUnfinished: false, Midnight.AddDays(2).AddHours(3));
        jobs.Select(job => job.Status).ShouldBe([BackupStatus.Canceled, BackupStatus.Pending]);
        jobs[0].Error.ShouldBe("MISSED: 3 runs were missed from 2026-11-22T00:00:00Z on, because no node was there to start them.");
        jobs[1].ScheduledFor.ShouldBe(Midnight.AddDays(2));
    }

    [Fact]
    public void A_change_of_anything_but_the_schedule_leaves_the_planned_start()
    {
        var config = Make("@daily");
        var planned = config.Next;
        config.Change(config.Facts with { Name = "other" }, A.Noon.AddDays(3));
        config.Next.ShouldBe(planned);
        config.Change(config.Facts with { Schedule = ScheduleOf("@hourly") }, A.Noon.AddMinutes(1));
        config.Next!.At.ShouldBe(A.Noon.AddHours(1));
    }

    [Fact]
    public void Two_configs_of_one_source_may_ask_for_the_same() =>
        Make("@daily").RunNow(Setting, A.Noon).RequestKey.ShouldNotBe(Make("@daily").RunNow(Setting, A.Noon).RequestKey);

    [Theory]
    [InlineData("", "自动备份 - nightly")]
    [InlineData("<type> of <database> (<source>) at <time>", "full of orders (orders) at 2026-11-22 00:00:00Z")]
    public void The_description_is_filled(string template, string expected) =>
        Make("@daily", description: template).StartDue(Setting, null, ownUnfinished: false, Midnight)[0].Description.ShouldBe(expected);

    [Fact]
    public void A_description_with_an_unknown_placeholder_is_refused() => Should.Throw<InvalidValueException>(() => Make("@daily", description: "<nmae>")).Field.ShouldBe("descriptionTemplate");

    [Fact]
    public void A_failed_run_is_tried_again_by_its_policy_each_time_after_twice_as_long()
    {
        var job = Make("@daily", new RunPolicy(retries: 2, retryDelaySeconds: 60)).StartDue(Setting, null, ownUnfinished: false, Midnight)[0];
        for (var (attempt, delay) = (1, 60); attempt <= 2; attempt++, delay *= 2)
        {
            Fail(job, "PG_DUMP_FAILED").ShouldBe(Midnight.AddSeconds(delay));
            var retry = job.Retry(Setting.Source, new Destination(Setting.Stores, []), Midnight);
            (retry.RetryOf, retry.Attempt, retry.Trigger, retry.ScheduledFor, job.RetryAt).ShouldBe((job.Id, attempt + 1, BackupTrigger.Automatic, Midnight, null));
            job = retry;
        }
        Fail(job, "PG_DUMP_FAILED").ShouldBeNull();
    }

    [Fact]
    public void A_stopped_service_hands_over_at_once_and_costs_no_retry()
    {
        var job = Make("@daily", new RunPolicy(retries: 1)).StartDue(Setting, null, ownUnfinished: false, Midnight)[0];
        Fail(job, "SERVICE_STOPPED").ShouldBe(Midnight);
        job.Retry(Setting.Source, new Destination(Setting.Stores, []), Midnight).Policy.Retries.ShouldBe(1);
    }

    [Theory]
    [InlineData("priority", 101, null, 0, 0)]
    [InlineData("timeLimitSeconds", 0, 0, 0, 0)]
    [InlineData("retries", 0, null, 21, 0)]
    [InlineData("retryDelaySeconds", 0, null, 0, -1)]
    public void A_policy_has_bounds_and_names_what_exceeds_them(string field, int priority, int? limit, int retries, int delay) =>
        Should.Throw<InvalidValueException>(() => new RunPolicy(priority, limit, retries, delay)).Field.ShouldBe(field);

    private static DateTimeOffset Midnight { get; } = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset? Fail(BackupJob job, string code)
    {
        job.Start("n1", Midnight);
        job.Fail(new BackupFailure(code, "for the test"), Midnight);
        return job.RetryAt;
    }

    private static ConfigSchedule ScheduleOf(string text, WhenBusy whenBusy = WhenBusy.Wait) => new(Schedule.Parse(text, "UTC"), 0, [], runMissed: true, whenBusy);

    private static BackupConfig Make(string schedule, RunPolicy? policy = null, WhenBusy whenBusy = WhenBusy.Wait, string? description = null) => BackupConfig.Create(
        new ConfigFacts(
            "nightly", Setting.Source.Id, A.Spec(), [], [], ScheduleOf(schedule, whenBusy), "UTC", null, policy ?? RunPolicy.Default, null, DescriptionTemplate.Parse(description), Enabled: true),
        isConfigured: false, A.Noon);
}
