using System.Globalization;
using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Schedules;

public sealed class MaintenanceWindowTests
{
    private static readonly DayOfWeek[] EveryDay = Enum.GetValues<DayOfWeek>();

    [Theory]
    // Friday 22:00 to 02:00 in Shanghai; 2026-11-20 is a Friday.
    [InlineData("2026-11-20T13:59:59Z", "2026-11-20T13:59:59Z")]
    [InlineData("2026-11-20T14:00:00Z", "2026-11-20T18:00:00Z")]
    [InlineData("2026-11-20T17:59:59Z", "2026-11-20T18:00:00Z")]
    [InlineData("2026-11-20T18:00:00Z", "2026-11-20T18:00:00Z")]
    [InlineData("2026-11-21T14:00:00Z", "2026-11-21T14:00:00Z")]
    [InlineData("2026-11-19T17:00:00Z", "2026-11-19T17:00:00Z")]
    public void Nothing_starts_inside_and_a_window_past_midnight_belongs_to_the_day_it_begins_on(string asked, string allowed) =>
        new MaintenanceWindow([DayOfWeek.Friday], new(22, 0), new(2, 0), "Asia/Shanghai").NextAllowed(Utc(asked)).ShouldBe(Utc(allowed));

    [Theory]
    // 01:00–02:00 comes twice: the clock on the wall leaves the window at the second 02:00 only.
    [InlineData("01:00", "02:00", "2026-11-01T05:10:00Z", "2026-11-01T07:00:00Z")]
    // Its end comes twice too; the wall is out of it from the first 01:30 to the second 01:00.
    [InlineData("00:30", "01:30", "2026-11-01T05:10:00Z", "2026-11-01T05:30:00Z")]
    [InlineData("00:30", "01:30", "2026-11-01T06:10:00Z", "2026-11-01T06:30:00Z")]
    // Its end is skipped, and so is all of it.
    [InlineData("01:30", "02:30", "2026-03-08T06:40:00Z", "2026-03-08T07:00:00Z")]
    [InlineData("02:10", "02:50", "2026-03-08T06:59:00Z", "2026-03-08T06:59:00Z")]
    [InlineData("01:00", "04:00", "2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z")]
    public void The_clock_on_the_wall_decides(string from, string to, string asked, string allowed) =>
        new MaintenanceWindow(EveryDay, Time(from), Time(to), "America/New_York").NextAllowed(Utc(asked)).ShouldBe(Utc(allowed));

    [Fact]
    public void Windows_that_follow_each_other_are_left_together()
    {
        MaintenanceWindow[] windows = [new(EveryDay, new(2, 0), new(3, 0), "UTC"), new(EveryDay, new(0, 0), new(2, 0), "UTC"), new(EveryDay, new(2, 30), new(4, 15), "UTC")];
        MaintenanceWindow.NextAllowed(windows, Utc("2026-11-21T01:00:00Z")).ShouldBe(Utc("2026-11-21T04:15:00Z"));
        MaintenanceWindow.NextAllowed([], Utc("2026-11-21T01:00:00Z")).ShouldBe(Utc("2026-11-21T01:00:00Z"));
    }

    [Fact]
    public void Windows_that_leave_nothing_are_told()
    {
        MaintenanceWindow[] windows = [new(EveryDay, new(0, 0), new(12, 0), "UTC"), new(EveryDay, new(12, 0), new(0, 0), "UTC")];
        MaintenanceWindow.NextAllowed(windows, A.Noon).ShouldBeNull();
    }

    [Fact]
    public void The_end_of_a_window_is_outside()
    {
        var window = new MaintenanceWindow(EveryDay, new(1, 0), new(2, 0), "UTC");
        window.Contains(Utc("2026-11-21T01:00:00Z")).ShouldBeTrue();
        window.Contains(Utc("2026-11-21T02:00:00Z")).ShouldBeFalse();
    }

    [Fact]
    public void A_window_of_a_whole_day_ends_on_the_next() =>
        new MaintenanceWindow([DayOfWeek.Saturday], new(6, 0), new(6, 0), "UTC").NextAllowed(A.Noon).ShouldBe(Utc("2026-11-22T06:00:00Z"));

    [Fact]
    public void Windows_without_days_or_without_an_end_are_refused()
    {
        Should.Throw<InvalidValueException>(() => new MaintenanceWindow([], new(1, 0), new(2, 0), "UTC")).Field.ShouldBe("days");
        Should.Throw<InvalidValueException>(() => new MaintenanceWindow(EveryDay, new(1, 0), new(1, 0), "UTC")).Code.ShouldBe("WINDOW_INVALID");
        Should.Throw<InvalidValueException>(() => new MaintenanceWindow(EveryDay, new(1, 0), new(2, 0), "Nowhere")).Code.ShouldBe("TIME_ZONE_UNKNOWN");
    }

    [Fact]
    public void A_walk_over_every_minute_finds_the_same()
    {
        var random = new Random(11);
        string[] zones = ["America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "Africa/Casablanca"];
        string[] around = ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", "2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z", "2025-02-23T02:00:00Z"];
        for (var i = 0; i < 1500; i++)
        {
            var days = EveryDay.Where(_ => random.Next(3) > 0).DefaultIfEmpty(DayOfWeek.Sunday).ToArray();
            var (from, to) = (new TimeOnly(random.Next(24), random.Next(60)), new TimeOnly(random.Next(24), random.Next(60)));
            if (days.Length == 7 && from == to) continue;
            var window = new MaintenanceWindow(days, from, to, zones[random.Next(zones.Length)]);
            var asked = Utc(around[random.Next(around.Length)]).AddMinutes(random.Next(-1500, 1500));
            var walked = asked;
            while (Inside(window, walked)) walked = walked.AddMinutes(1);
            window.NextAllowed(asked).ShouldBe(walked, $"{from}-{to} on {string.Join(' ', days)} in {window.TimeZone} at {asked:O}");
            window.Contains(asked).ShouldBe(walked != asked);
        }
    }

    private static bool Inside(MaintenanceWindow window, DateTimeOffset utc)
    {
        var local = TimeZoneInfo.ConvertTime(utc, TimeZoneInfo.FindSystemTimeZoneById(window.TimeZone)).DateTime;
        var (time, today, yesterday) = (TimeOnly.FromDateTime(local), window.Days.Contains(local.DayOfWeek), window.Days.Contains(local.AddDays(-1).DayOfWeek));
        return window.From < window.To
            ? today && time >= window.From && time < window.To
            : (today && time >= window.From) || (yesterday && time < window.To);
    }

    private static TimeOnly Time(string text) => TimeOnly.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
