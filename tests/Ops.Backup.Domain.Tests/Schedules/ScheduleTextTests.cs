using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Schedules;

public sealed class ScheduleTextTests
{
    [Theory]
    [InlineData("30 2 * * *", "daily 02:30 (Asia/Shanghai)", "每天 02:30（Asia/Shanghai）")]
    [InlineData("0 2,14 * * *", "daily 02:00, 14:00 (Asia/Shanghai)", "每天 02:00、14:00（Asia/Shanghai）")]
    [InlineData("* * * * *", "every minute (Asia/Shanghai)", "每分钟（Asia/Shanghai）")]
    [InlineData("*/15 * * * *", "every 15 minutes (Asia/Shanghai)", "每15分钟（Asia/Shanghai）")]
    [InlineData("@hourly", "every hour (Asia/Shanghai)", "每小时（Asia/Shanghai）")]
    [InlineData("5 * * * *", "every hour at :05 (Asia/Shanghai)", "每小时的第5分钟（Asia/Shanghai）")]
    [InlineData("0 */6 * * *", "every 6 hours (Asia/Shanghai)", "每6小时（Asia/Shanghai）")]
    [InlineData("*/10 * * * MON", "every 10 minutes, weekly Monday (Asia/Shanghai)", "每10分钟，每周一（Asia/Shanghai）")]
    [InlineData("0 2 * * 0", "weekly Sunday 02:00 (Asia/Shanghai)", "每周日 02:00（Asia/Shanghai）")]
    [InlineData("0 2 * * MON,THU", "weekly Monday, Thursday 02:00 (Asia/Shanghai)", "每周一、周四 02:00（Asia/Shanghai）")]
    [InlineData("0 23 L * *", "monthly last day 23:00 (Asia/Shanghai)", "每月最后一天 23:00（Asia/Shanghai）")]
    [InlineData("0 3 1,15 * *", "monthly 1, 15 03:00 (Asia/Shanghai)", "每月1日、15日 03:00（Asia/Shanghai）")]
    [InlineData("0 3 13 * FRI", "monthly 13 or weekly Friday 03:00 (Asia/Shanghai)", "每月13日或每周五 03:00（Asia/Shanghai）")]
    [InlineData("@yearly", "yearly January 1 00:00 (Asia/Shanghai)", "每年1月1日 00:00（Asia/Shanghai）")]
    [InlineData("0 3 * 1,7 *", "daily 03:00 in January, July (Asia/Shanghai)", "每天 03:00，限1月、7月（Asia/Shanghai）")]
    [InlineData("7/20 1-3 * * *", "daily at minutes 7/20 of hours 1-3 (Asia/Shanghai)", "每天 在 1-3 时的 7/20 分（Asia/Shanghai）")]
    [InlineData("0 3 */10 * 1", "monthly 1, 11, 21, 31 if weekly Monday 03:00 (Asia/Shanghai)", "每月1日、11日、21日、31日且为每周一 03:00（Asia/Shanghai）")]
    public void A_schedule_is_told_in_plain_words(string cron, string english, string chinese)
    {
        var schedule = Schedule.Parse(cron, "Asia/Shanghai");
        schedule.Describe(ScheduleLanguage.English).ShouldBe(english);
        schedule.Describe(ScheduleLanguage.Chinese).ShouldBe(chinese);
    }

    [Theory]
    [InlineData("every 6 hours")]
    [InlineData("every 15 minutes")]
    [InlineData("every hour")]
    [InlineData("daily 02:30")]
    [InlineData("weekly Sunday 02:00")]
    [InlineData("monthly last day 23:00")]
    [InlineData("monthly 1 03:00")]
    public void What_is_told_of_a_plain_form_is_a_plain_form(string text)
    {
        var schedule = Schedule.Parse(text, "UTC");
        schedule.Describe(ScheduleLanguage.English).ShouldBe($"{text} (UTC)");
        Schedule.Parse(schedule.Describe(ScheduleLanguage.Chinese)[..^5], "UTC").Cron.ShouldBe(schedule.Cron);
    }

    [Fact]
    public void Everything_that_is_accepted_can_be_told()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var text = new RandomCron(random).Text;
            try
            {
                Schedule.Parse(text, "UTC").Describe(ScheduleLanguage.English).ShouldEndWith(" (UTC)");
                Schedule.Parse(text, "UTC").Describe(ScheduleLanguage.Chinese).ShouldEndWith("（UTC）");
            }
            catch (InvalidValueException refusal)
            {
                refusal.Code.ShouldBe("SCHEDULE_NEVER_FIRES");
            }
        }
    }
}
