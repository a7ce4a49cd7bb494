using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Schedules;

public sealed class ScheduleParsingTests
{
    [Theory]
    [InlineData("@hourly", "0 * * * *")]
    [InlineData("@daily", "0 0 * * *")]
    [InlineData("@weekly", "0 0 * * 0")]
    [InlineData("@Monthly", "0 0 1 * *")]
    [InlineData("@yearly", "0 0 1 1 *")]
    [InlineData("every 6 hours", "0 */6 * * *")]
    [InlineData("every 15 minutes", "*/15 * * * *")]
    [InlineData("every hour", "0 * * * *")]
    [InlineData("Every 1 minute", "* * * * *")]
    [InlineData("every 24 hours", "0 0 * * *")]
    [InlineData("every 60 minutes", "0 * * * *")]
    [InlineData("daily 02:30", "30 2 * * *")]
    [InlineData("weekly Sunday 02:00", "0 2 * * 0")]
    [InlineData("weekly sat 2:00", "0 2 * * 6")]
    [InlineData("monthly last day 23:00", "0 23 L * *")]
    [InlineData("monthly 1 03:00", "0 3 1 * *")]
    [InlineData("每6小时", "0 */6 * * *")]
    [InlineData("每 6 个小时", "0 */6 * * *")]
    [InlineData("每15分钟", "*/15 * * * *")]
    [InlineData("每小时", "0 * * * *")]
    [InlineData("每天 02:30", "30 2 * * *")]
    [InlineData("每日02：30", "30 2 * * *")]
    [InlineData("每周日 02:00", "0 2 * * 0")]
    [InlineData("每周天 02:00", "0 2 * * 0")]
    [InlineData("每星期六 02:00", "0 2 * * 6")]
    [InlineData("每月最后一天 23:00", "0 23 L * *")]
    [InlineData("每月1日 03:00", "0 3 1 * *")]
    [InlineData("每月15号　03:00", "0 3 15 * *")]
    [InlineData("  5\t4  * jan-mar,dec fri-sun ", "5 4 * JAN-MAR,DEC FRI-SUN")]
    public void A_plain_form_or_a_shortcut_becomes_cron(string text, string cron) => Schedule.Parse(text, "UTC").Cron.ShouldBe(cron);

    [Theory]
    [InlineData("60 * * * *", "minute", "'60'")]
    [InlineData("* 24 * * *", "hour", "'24'")]
    [InlineData("* * 0 * *", "day of month", "'0'")]
    [InlineData("* * 32 * *", "day of month", "'32'")]
    [InlineData("* * * 13 *", "month", "JAN to DEC")]
    [InlineData("* * * FOO *", "month", "'FOO'")]
    [InlineData("* * * * 8", "day of week", "'8'")]
    [InlineData("* * * * L", "day of week", "'L'")]
    [InlineData("* * L-2 * *", "day of month", "'L'")]
    [InlineData("* * L/2 * *", "day of month", "'L'")]
    [InlineData("L * * * *", "minute", "'L'")]
    [InlineData("*/0 * * * *", "minute", "step '0'")]
    [InlineData("*/61 * * * *", "minute", "step '61'")]
    [InlineData("* */25 * * *", "hour", "step '25'")]
    [InlineData("*/ * * * *", "minute", "step ''")]
    [InlineData("*/-1 * * * *", "minute", "step '-1'")]
    [InlineData("1/2/3 * * * *", "minute", "step '2/3'")]
    [InlineData("1,,2 * * * *", "minute", "missing")]
    [InlineData("1, * * * *", "minute", "missing")]
    [InlineData("-1 * * * *", "minute", "''")]
    [InlineData("1-2-3 * * * *", "minute", "'2-3'")]
    [InlineData("*-5 * * * *", "minute", "'*'")]
    [InlineData("50-10 * * * *", "minute", "ends before it begins")]
    [InlineData("* 22-2 * * *", "hour", "ends before it begins")]
    [InlineData("+5 * * * *", "minute", "'+5'")]
    [InlineData("1.5 * * * *", "minute", "'1.5'")]
    [InlineData("٣ * * * *", "minute", "'٣'")]
    [InlineData("99999999999999999999 * * * *", "minute", "99999999999999999999")]
    [InlineData("? * * * *", "minute", "'?'")]
    [InlineData("daily 25:00", "hour", "'25'")]
    [InlineData("每天 02:60", "minute", "'60'")]
    [InlineData("每月32日 02:00", "day of month", "'32'")]
    [InlineData("weekly Sunda 02:00", "day of week", "SUNDA")]
    public void Nonsense_is_refused_and_the_part_is_named(string text, string part, string found)
    {
        var refusal = Should.Throw<InvalidValueException>(() => Schedule.Parse(text, "UTC"));
        refusal.Code.ShouldBe("SCHEDULE_INVALID");
        refusal.Field.ShouldBe("schedule");
        refusal.Message.ShouldStartWith($"The {part} of the schedule is ");
        refusal.Message.ShouldContain(found);
    }

    [Theory]
    [InlineData(null, "SCHEDULE_MISSING")]
    [InlineData(" \n ", "SCHEDULE_MISSING")]
    [InlineData("* * * *", "SCHEDULE_INVALID")]
    [InlineData("0 * * * * *", "SCHEDULE_INVALID")]
    [InlineData("@reboot", "SCHEDULE_INVALID")]
    [InlineData("@", "SCHEDULE_INVALID")]
    [InlineData("every 7 minutes", "SCHEDULE_INVALID")]
    [InlineData("every 90 minutes", "SCHEDULE_INVALID")]
    [InlineData("every 0 hours", "SCHEDULE_INVALID")]
    [InlineData("every 5 hours", "SCHEDULE_INVALID")]
    [InlineData("每7小时", "SCHEDULE_INVALID")]
    [InlineData("every day", "SCHEDULE_INVALID")]
    [InlineData("daily", "SCHEDULE_INVALID")]
    [InlineData("daily 2:3", "SCHEDULE_INVALID")]
    [InlineData("每年", "SCHEDULE_INVALID")]
    [InlineData("0 0 30 2 *", "SCHEDULE_NEVER_FIRES")]
    [InlineData("0 0 30,31 FEB *", "SCHEDULE_NEVER_FIRES")]
    [InlineData("0 0 31 4,6,9,11 *", "SCHEDULE_NEVER_FIRES")]
    public void What_has_no_meaning_is_refused_with_a_stable_code(string? text, string code)
    {
        var refusal = Should.Throw<InvalidValueException>(() => Schedule.Parse(text, "UTC"));
        refusal.Code.ShouldBe(code);
        refusal.Field.ShouldBe("schedule");
    }

    [Fact]
    public void A_text_without_end_is_refused() =>
        Should.Throw<InvalidValueException>(() => Schedule.Parse(string.Join(',', Enumerable.Repeat("1", 100_000)) + " * * * *", "UTC")).Code.ShouldBe("VALUE_TOO_LONG");

    [Fact]
    public void A_day_that_never_comes_is_no_matter_when_a_weekday_is_enough() =>
        Schedule.Parse("0 0 30 2 MON", "UTC").NextAfter(A.Noon).ShouldBe(new DateTimeOffset(2027, 2, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Asia/Shanghi")]
    [InlineData("asia/shanghai")]
    [InlineData("../../etc/passwd")]
    [InlineData("/usr/share/zoneinfo/UTC")]
    [InlineData("China Standard Time")]
    [InlineData("posix/Asia/Shanghai")]
    [InlineData("right/Asia/Shanghai")]
    [InlineData("localtime")]
    [InlineData("zone.tab")]
    [InlineData("Asia")]
    [InlineData("UTC+8")]
    public void An_unknown_zone_is_refused(string? zone)
    {
        TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai").Id.ShouldBe("Asia/Shanghai", "a zone that was loaded before is not found by another spelling either");
        var refusal = Should.Throw<InvalidValueException>(() => Schedule.Parse("@daily", zone));
        refusal.Code.ShouldBe("TIME_ZONE_UNKNOWN");
        refusal.Field.ShouldBe("timeZone");
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Etc/UTC")]
    [InlineData("Etc/GMT+8")]
    [InlineData("America/Argentina/Buenos_Aires")]
    public void A_zone_keeps_its_name(string zone) => Schedule.Parse("@daily", zone).TimeZone.ShouldBe(zone);

    [Fact]
    public void Two_that_mean_the_same_are_equal()
    {
        Schedule.Parse("每6小时", "UTC").ShouldBe(Schedule.Parse("every 6 hours", "UTC"));
        Schedule.Parse("05 2 * * SUN", "UTC").ShouldBe(Schedule.Parse("5 02 * * 7", "UTC"));
        Schedule.Parse("05 2 * * SUN", "UTC").GetHashCode().ShouldBe(Schedule.Parse("5 02 * * 7", "UTC").GetHashCode());
        Schedule.Parse("0 2 L * *", "UTC").ShouldNotBe(Schedule.Parse("0 2 31 * *", "UTC"));
        Schedule.Parse("*/30 2 * * *", "UTC").ShouldNotBe(Schedule.Parse("0,30 2 * * *", "UTC"), "they differ where an hour comes twice");
        Schedule.Parse("@daily", "UTC").ShouldNotBe(Schedule.Parse("@daily", "Asia/Shanghai"));
        Schedule.Parse("每6小时", "UTC").Text.ShouldBe("每6小时");
    }
}
