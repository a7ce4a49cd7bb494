using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Configs;

public sealed class ConfigScheduleTests
{
    private const string Id = "c";
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Starts_follow_the_schedule_in_its_zone()
    {
        var schedule = Make("每天 02:30", zone: "Asia/Shanghai");
        Starts(schedule, Noon, 3).ShouldBe([At(21, 18, 30), At(22, 18, 30), At(23, 18, 30)]);
    }

    [Fact]
    public void Jitter_moves_every_start_by_the_same_time_less_than_its_bound_and_names_the_schedules_time()
    {
        var next = Make("@hourly", jitter: 600).NextAfter(Id, Noon)!;
        var after = Make("@hourly", jitter: 600).NextAfter(Id, next.At)!;
        (next.At - next.For).ShouldBe(Jitter.Of(Id, 600));
        (after.At - next.At).ShouldBe(TimeSpan.FromHours(1));
        Make("@hourly", jitter: 600).NextAfter("another", Noon)!.At.ShouldNotBe(next.At);
    }

    [Fact]
    public void A_start_that_jitter_moves_past_now_is_still_to_come()
    {
        var jitter = Jitter.Of(Id, 600);
        jitter.ShouldBeGreaterThan(TimeSpan.FromSeconds(2));
        var next = Make("@hourly", jitter: 600).NextAfter(Id, Noon.AddSeconds(1))!;
        (next.For, next.At).ShouldBe((Noon, Noon + jitter));
    }

    [Fact]
    public void What_falls_into_a_window_starts_once_at_its_end_and_is_named_by_its_first_time()
    {
        var schedule = Make("@hourly", windows: Window(8, 18));
        var next = schedule.NextAfter(Id, At(21, 7, 30))!;
        (next.For, next.At).ShouldBe((At(21, 8), At(21, 18)));
        schedule.NextAfter(Id, next.At)!.ShouldBe(new ScheduledTime(At(21, 19), At(21, 19)));
    }

    [Fact]
    public void What_is_due_now_runs_and_the_next_start_is_planned()
    {
        var due = Make("@hourly").Due(Id, new ScheduledTime(Noon, Noon), Noon.AddSeconds(1));
        due.ShouldBe(new DueRuns(new ScheduledTime(Noon, Noon), 0, Noon, new ScheduledTime(Noon.AddHours(1), Noon.AddHours(1))));
    }

    [Theory]
    [InlineData(true, 15)]
    [InlineData(false, null)]
    public void What_was_missed_is_counted_and_run_once_for_its_last_time_if_it_is_to_be(bool runMissed, int? hour)
    {
        var due = Make("@hourly", runMissed: runMissed).Due(Id, new ScheduledTime(Noon, Noon), At(21, 15, 40));
        due.Run?.For.ShouldBe(At(21, hour!.Value));
        (due.Run is null).ShouldBe(hour is null);
        (due.Missed, due.FirstMissed, due.Next!.For).ShouldBe((4, Noon, At(21, 16)));
    }

    [Fact]
    public void The_last_of_many_missed_that_is_hardly_late_runs_and_counts_as_none()
    {
        var due = Make("@hourly", runMissed: false).Due(Id, new ScheduledTime(Noon, Noon), At(21, 15, 4));
        (due.Run!.For, due.Missed).ShouldBe((At(21, 15), 3));
    }

    [Fact]
    public void Windows_that_leave_nothing_are_refused() =>
        Should.Throw<InvalidValueException>(() => Make("@hourly", windows: [.. Window(0, 12), .. Window(12, 0)])).Field.ShouldBe("windows");

    [Theory]
    [InlineData(-1)]
    [InlineData(86_401)]
    public void Jitter_has_bounds(int seconds) => Should.Throw<InvalidValueException>(() => Make("@hourly", jitter: seconds)).Code.ShouldBe("JITTER_OUT_OF_RANGE");

    // What holds for every schedule: starts grow, none lies in a window, and what Due plans is what NextAfter gives.
    [Fact]
    public void Whatever_the_schedule_no_start_lies_in_a_window_and_none_comes_twice()
    {
        var random = new Random(7);
        string[] forms = ["@hourly", "*/7 * * * *", "daily 02:30", "every 6 hours", "weekly Sunday 02:00", "monthly last day 23:00", "30 2 29 2 *"];
        string[] zones = ["UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"];
        for (var round = 0; round < 120; round++)
        {
            var from = random.Next(24);
            var (zone, windows) = (zones[random.Next(zones.Length)], random.Next(2) == 0 ? Window(from, (from + 1 + random.Next(22)) % 24, zones[random.Next(zones.Length)]) : []);
            var schedule = Make(forms[random.Next(forms.Length)], random.Next(3) * random.Next(2000), windows, zone: zone);
            var now = Noon.AddMinutes(random.Next(600_000));
            var last = now;
            for (var next = schedule.NextAfter(Id, now); next is not null && last < now.AddDays(2); next = schedule.NextAfter(Id, next.At))
            {
                next.At.ShouldBeGreaterThan(last, $"{schedule.Schedule} after {last:O}");
                next.At.ShouldBeGreaterThanOrEqualTo(next.For);
                windows.ShouldAllBe(window => !window.Contains(next.At), $"{schedule.Schedule} at {next.At:O}");
                last = next.At;
                schedule.Due(Id, next, next.At).Next.ShouldBe(schedule.NextAfter(Id, next.At));
            }
        }
    }

    private static ConfigSchedule Make(string text, int jitter = 0, MaintenanceWindow[]? windows = null, bool runMissed = true, string zone = "UTC") =>
        new(Schedule.Parse(text, zone), jitter, windows ?? [], runMissed, WhenBusy.Wait);

    private static MaintenanceWindow[] Window(int from, int to, string zone = "UTC") => [new(Enum.GetValues<DayOfWeek>(), new TimeOnly(from, 0), new TimeOnly(to, 0), zone)];

    private static DateTimeOffset At(int day, int hour, int minute = 0) => new(2026, 11, day, hour, minute, 0, TimeSpan.Zero);

    private static List<DateTimeOffset> Starts(ConfigSchedule schedule, DateTimeOffset after, int count)
    {
        var starts = new List<DateTimeOffset>();
        for (var next = schedule.NextAfter(Id, after); next is not null && starts.Count < count; next = schedule.NextAfter(Id, next.At)) starts.Add(next.At);
        return starts;
    }
}
