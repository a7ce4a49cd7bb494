using System.Globalization;
using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Schedules;

public sealed class ScheduleTimesTests
{
    [Theory]
    [InlineData("30 2 * * *", "2026-01-31T02:30Z", "2026-02-01T02:30Z", "2026-02-02T02:30Z")]
    [InlineData("59 23 31 12 *", "2026-12-31T23:59Z", "2027-12-31T23:59Z", "2028-12-31T23:59Z")]
    [InlineData("0 0 29 2 *", "2026-01-01T00:00Z", "2028-02-29T00:00Z", "2032-02-29T00:00Z")]
    [InlineData("0 0 29 2 *", "2096-02-29T00:00Z", "2104-02-29T00:00Z", "2108-02-29T00:00Z")]
    [InlineData("0 0 29 2 */7", "2032-02-29T00:00Z", "2060-02-29T00:00Z", "2088-02-29T00:00Z")]
    [InlineData("0 23 L * *", "2028-01-31T23:00Z", "2028-02-29T23:00Z", "2028-03-31T23:00Z")]
    [InlineData("0 23 L * *", "2027-01-31T23:00Z", "2027-02-28T23:00Z", "2027-03-31T23:00Z")]
    [InlineData("0 0 15,L * *", "2026-04-15T00:00Z", "2026-04-30T00:00Z", "2026-05-15T00:00Z")]
    [InlineData("0 3 31 * *", "2026-03-31T03:00Z", "2026-05-31T03:00Z", "2026-07-31T03:00Z")]
    [InlineData("0 0 13 * FRI", "2026-11-06T00:00Z", "2026-11-13T00:00Z", "2026-11-20T00:00Z")]
    [InlineData("0 0 1 * MON", "2026-11-23T12:00Z", "2026-11-30T00:00Z", "2026-12-01T00:00Z")]
    [InlineData("0 0 */2 * MON", "2026-11-02T00:00Z", "2026-11-09T00:00Z", "2026-11-23T00:00Z")]
    [InlineData("0 0 * * 7", "2026-11-21T12:00Z", "2026-11-22T00:00Z", "2026-11-29T00:00Z")]
    [InlineData("0 0 * * 5-7", "2026-11-21T12:00Z", "2026-11-22T00:00Z", "2026-11-27T00:00Z")]
    [InlineData("0 0 * * SAT-SUN", "2026-11-21T12:00Z", "2026-11-22T00:00Z", "2026-11-28T00:00Z")]
    [InlineData("20/15 * * * *", "2026-11-21T12:35Z", "2026-11-21T12:50Z", "2026-11-21T13:20Z")]
    [InlineData("* * * * *", "2026-11-21T23:59:30Z", "2026-11-22T00:00Z", "2026-11-22T00:01Z")]
    [InlineData("10-20/5 6,18 * * *", "2026-11-21T06:15Z", "2026-11-21T06:20Z", "2026-11-21T18:10Z")]
    [InlineData("5 0 1 1 *", "2026-11-21T00:00+08:00", "2027-01-01T00:05Z", "2028-01-01T00:05Z")]
    public void The_next_times_of_the_calendar(string cron, string after, params string[] times) => Next(cron, "UTC", after, times.Length).ShouldBe(times);

    [Theory]
    // New York: 2026-03-08 02:00–03:00 is skipped, 2026-11-01 01:00–02:00 comes twice.
    [InlineData("30 2 * * *", "America/New_York", "2026-03-07T12:00Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z")]
    [InlineData("0,20,40 2 * * *", "America/New_York", "2026-03-08T00:00Z", "2026-03-08T07:00Z", "2026-03-09T06:00Z")]
    [InlineData("0 2,3 * * *", "America/New_York", "2026-03-08T00:00Z", "2026-03-08T07:00Z", "2026-03-09T06:00Z")]
    [InlineData("30 1 * * *", "America/New_York", "2026-11-01T00:00Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z")]
    [InlineData("30 1 * * *", "America/New_York", "2026-11-01T05:30Z", "2026-11-02T06:30Z", "2026-11-03T06:30Z")]
    [InlineData("30 1 * * *", "America/New_York", "2026-11-01T06:10Z", "2026-11-02T06:30Z", "2026-11-03T06:30Z")]
    [InlineData("30 1,2 * * *", "America/New_York", "2026-11-01T05:45Z", "2026-11-01T07:30Z", "2026-11-02T06:30Z")]
    [InlineData("*/30 * * * *", "America/New_York", "2026-03-08T06:00Z", "2026-03-08T06:30Z", "2026-03-08T07:00Z", "2026-03-08T07:30Z")]
    [InlineData("*/30 * * * *", "America/New_York", "2026-11-01T05:00Z", "2026-11-01T05:30Z", "2026-11-01T06:00Z", "2026-11-01T06:30Z", "2026-11-01T07:00Z")]
    [InlineData("5 * * * *", "America/New_York", "2026-03-08T06:00Z", "2026-03-08T06:05Z", "2026-03-08T07:05Z")]
    [InlineData("5 * * * *", "America/New_York", "2026-11-01T05:00Z", "2026-11-01T05:05Z", "2026-11-01T06:05Z", "2026-11-01T07:05Z")]
    [InlineData("0 */2 * * *", "America/New_York", "2026-03-08T04:59Z", "2026-03-08T05:00Z", "2026-03-08T07:00Z", "2026-03-08T08:00Z")]
    [InlineData("7/15 2 * * *", "America/New_York", "2026-03-08T00:00Z", "2026-03-08T07:00Z", "2026-03-09T06:07Z")]
    // Asked in the very minute before the change, and at it.
    [InlineData("30 2 * * *", "America/New_York", "2026-03-08T06:59:59Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z")]
    [InlineData("30 2 * * *", "America/New_York", "2026-03-08T07:00Z", "2026-03-09T06:30Z", "2026-03-10T06:30Z")]
    [InlineData("0 1 * * *", "America/New_York", "2026-11-01T05:59:59Z", "2026-11-02T06:00Z", "2026-11-03T06:00Z")]
    [InlineData("0 1 * * *", "America/New_York", "2026-11-01T06:00Z", "2026-11-02T06:00Z", "2026-11-03T06:00Z")]
    // Berlin: 2026-03-29 02:00–03:00 is skipped, 2026-10-25 02:00–03:00 comes twice.
    [InlineData("daily 02:30", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z")]
    [InlineData("daily 02:30", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z")]
    [InlineData("0 */2 * * *", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T00:00Z", "2026-10-25T03:00Z", "2026-10-25T05:00Z")]
    [InlineData("*/20 2 * * *", "Europe/Berlin", "2026-10-25T00:20Z", "2026-10-25T00:40Z", "2026-10-25T01:00Z", "2026-10-25T01:20Z", "2026-10-25T01:40Z", "2026-10-26T01:00Z")]
    // Lord Howe moves by 30 minutes: 2026-10-04 02:00–02:30 is skipped, 2026-04-05 01:30–02:00 comes twice.
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-03T15:30Z", "2026-10-04T15:15Z")]
    [InlineData("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00Z", "2026-04-04T14:45Z", "2026-04-05T15:15Z")]
    [InlineData("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:30Z", "2026-04-04T14:45Z", "2026-04-04T15:00Z", "2026-04-04T15:15Z", "2026-04-04T15:30Z")]
    [InlineData("0 * * * *", "Australia/Lord_Howe", "2026-10-03T14:00Z", "2026-10-03T14:30Z", "2026-10-03T16:00Z")]
    // Shanghai has not changed its clocks since 1991.
    [InlineData("每天 02:30", "Asia/Shanghai", "2026-03-28T12:00Z", "2026-03-28T18:30Z", "2026-03-29T18:30Z")]
    // São Paulo skipped midnight: 2018-11-04 began at 01:00; on 2018-02-17 the hour before midnight came twice.
    [InlineData("@daily", "America/Sao_Paulo", "2018-11-03T12:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z")]
    [InlineData("30 23 * * *", "America/Sao_Paulo", "2018-02-17T12:00Z", "2018-02-18T01:30Z", "2018-02-19T02:30Z")]
    [InlineData("@daily", "America/Sao_Paulo", "2018-02-17T12:00Z", "2018-02-18T03:00Z", "2018-02-19T03:00Z")]
    // Casablanca goes back for Ramadan and forward after it: 2025-02-23 and 2025-04-06.
    [InlineData("30 2 * * *", "Africa/Casablanca", "2025-02-22T12:00Z", "2025-02-23T01:30Z", "2025-02-24T02:30Z")]
    [InlineData("30 2 * * *", "Africa/Casablanca", "2025-04-05T12:00Z", "2025-04-06T02:00Z", "2025-04-07T01:30Z")]
    // Apia crossed the date line: there was no 2011-12-30.
    [InlineData("0 9 30 12 *", "Pacific/Apia", "2011-12-01T00:00Z", "2011-12-30T10:00Z", "2012-12-29T19:00Z")]
    [InlineData("0 9 * * *", "Pacific/Apia", "2011-12-29T00:00Z", "2011-12-29T19:00Z", "2011-12-30T10:00Z", "2011-12-30T19:00Z")]
    public void The_next_times_where_clocks_change(string cron, string zone, string after, params string[] times) =>
        Next(cron, zone, after, times.Length).ShouldBe(times);

    [Fact]
    public void The_end_and_the_beginning_of_the_calendar_are_no_error()
    {
        foreach (var zone in (string[])["UTC", "America/New_York", "Pacific/Kiritimati"])
        {
            Schedule.Parse("@yearly", zone).NextAfter(DateTimeOffset.MaxValue).ShouldBeNull();
            Schedule.Parse("@yearly", zone).NextAfter(new DateTimeOffset(9998, 11, 30, 23, 59, 0, TimeSpan.Zero)).ShouldBeNull();
            Schedule.Parse("* * * * *", zone).NextAfter(DateTimeOffset.MinValue).ShouldNotBeNull();
        }
    }

    [Fact]
    public void The_answer_is_in_utc() => Schedule.Parse("@daily", "Asia/Shanghai").NextAfter(A.Noon)!.Value.Offset.ShouldBe(TimeSpan.Zero);

    [Fact]
    public void No_times_are_asked_for_and_none_are_given() => Schedule.Parse("@daily", "UTC").Next(0, A.Noon).ShouldBeEmpty();

    private static string[] Next(string text, string zone, string after, int count) =>
    [
        .. Schedule.Parse(text, zone).Next(count, DateTimeOffset.Parse(after, CultureInfo.InvariantCulture))
            .Select(time => time.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture)),
    ];
}
