using System.Diagnostics;
using System.Globalization;
using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Schedules;

/// <summary>Schedules said to other schedulers start at the same times there.</summary>
public sealed class ForeignSchedulerTests
{
    private const string SystemdAnalyze = "/usr/bin/systemd-analyze";
    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Crons => ["0 2 * * *", "*/15 * * * *", "5/20 8-18 * * MON-FRI", "0 3 L * *", "0 3 1,15,L * *", "30 4 L 2,6 SUN", "0 0 13 * FRI", "0 0 */2 * MON", "7 1 * * */2", "0 5 L * */3",
        "0 6 1-31 * 1", "15 0 29 2 *", "0 22 * * FRI-SUN", "0 9 31,L * *", "0 1 2,*/9 * 1", "@monthly", "weekly Sunday 02:00", "每月最后一天 23:00"];

    [Theory]
    [MemberData(nameof(Crons))]
    public void A_crontab_starts_it_at_the_same_times(string text) => ShouldBeEqual(Schedule.Parse(text, "UTC"), 400);

    [Fact]
    public void A_crontab_starts_random_schedules_at_the_same_times()
    {
        var random = new Random(20261121);
        for (var i = 0; i < 150; i++)
        {
            var text = new RandomCron(random).Text;
            if (TryParse(text) is { } schedule) ShouldBeEqual(schedule, 70);
        }
    }

    [Theory]
    [MemberData(nameof(Crons))]
    public void Systemd_starts_it_at_the_same_times(string text) => ShouldBeEqualInSystemd(Schedule.Parse(text, "Asia/Shanghai"));

    [Fact]
    public void Systemd_starts_random_schedules_at_the_same_times()
    {
        var random = new Random(7);
        for (var i = 0; i < 40; i++)
            if (TryParse(new RandomCron(random).Text) is { } schedule) ShouldBeEqualInSystemd(schedule);
    }

    [Theory]
    [InlineData("0 2 * * *", "*-*-* 02:00:00 Asia/Shanghai")]
    [InlineData("*/30 * * * *", "*-*-* *:00,30:00 Asia/Shanghai")]
    [InlineData("0 3 L * *", "*-*~01 03:00:00 Asia/Shanghai")]
    [InlineData("0 8-18 * 3 1-5", "Mon,Tue,Wed,Thu,Fri *-03-* 08..18:00:00 Asia/Shanghai")]
    [InlineData("0 0 13 * 5", "*-*-13 00:00:00 Asia/Shanghai|Fri *-*-* 00:00:00 Asia/Shanghai")]
    public void The_calendar_of_systemd_reads_so(string text, string expected) => string.Join('|', Schedule.Parse(text, "Asia/Shanghai").ForSystemd()).ShouldBe(expected);

    [Theory]
    [InlineData("0 2 * * *", "/SC DAILY /ST 02:00")]
    [InlineData("0 2,14 * * *", "/SC DAILY /ST 02:00|/SC DAILY /ST 14:00")]
    [InlineData("*/15 * * * *", "/SC MINUTE /MO 15 /ST 00:00")]
    [InlineData("30 */6 * * *", "/SC HOURLY /MO 6 /ST 00:30")]
    [InlineData("5 * * * *", "/SC HOURLY /MO 1 /ST 00:05")]
    [InlineData("0 2 * * 0,3", "/SC WEEKLY /D SUN,WED /ST 02:00")]
    [InlineData("0 2 1,15 * *", "/SC MONTHLY /D 1 /M * /ST 02:00|/SC MONTHLY /D 15 /M * /ST 02:00")]
    [InlineData("0 2 L 3,6 *", "/SC MONTHLY /MO LASTDAY /M MAR,JUN /ST 02:00")]
    [InlineData("0 4 24 12 *", "/SC MONTHLY /D 24 /M DEC /ST 04:00")]
    public void The_tasks_of_windows_read_so(string text, string expected) => string.Join('|', Schedule.Parse(text, "UTC").ForWindows()).ShouldBe(expected);

    [Theory]
    [InlineData("0 0 13 * 5", "weekday")]
    [InlineData("0 2 * 3 *", "every month")]
    [InlineData("0 2 * 3 1", "every month")]
    [InlineData("0 2 */2 * 1", "not both")]
    [InlineData("0 2 31,L * *", "last day")]
    [InlineData("*/10 8-18 * * 1-5", "66 tasks")]
    public void What_tasks_of_windows_can_not_say_is_refused_and_says_why(string text, string why)
    {
        var refused = Should.Throw<ConflictException>(() => Schedule.Parse(text, "UTC").ForWindows());
        refused.Code.ShouldBe("EXPORT_NOT_POSSIBLE");
        refused.Message.ShouldContain(why);
    }

    private static Schedule? TryParse(string text)
    {
        try { return Schedule.Parse(text, "UTC"); }
        catch (InvalidValueException) { return null; }
    }

    private static void ShouldBeEqual(Schedule schedule, int days)
    {
        var lines = schedule.ForCrontab().Select(line => (line, Cron: new ForeignCron(line.Fields))).ToList();
        var ours = schedule.Next(days * 1440, Start.AddMinutes(-1)).TakeWhile(time => time < Start.AddDays(days)).Select(time => time.UtcDateTime).ToHashSet();
        for (var time = Start.UtcDateTime; time < Start.UtcDateTime.AddDays(days); time = time.AddMinutes(1))
        {
            var starts = lines.Count(line => line.Cron.Matches(time) && (!line.line.LastDayOnly || time.AddDays(1).Day == 1)
                && (line.line.Weekdays.Count == 0 || line.line.Weekdays.Contains((int)time.DayOfWeek)));
            if (starts != (ours.Contains(time) ? 1 : 0)) starts.ShouldBe(ours.Contains(time) ? 1 : 0, $"{schedule.Cron} at {time:s}: {string.Join(" | ", lines.Select(line => line.line))}");
        }
    }

    // Where systemd is not installed, the fixed texts above are what is checked.
    private static void ShouldBeEqualInSystemd(Schedule schedule)
    {
        if (!File.Exists(SystemdAnalyze)) return;
        const int count = 12;
        var ours = schedule.Next(count, Start).Where(time => time.Year < 2190).ToList();
        var theirs = new SortedSet<DateTimeOffset>(schedule.ForSystemd().SelectMany(line => TimesOf(line, count)));
        theirs.Take(ours.Count).ShouldBe(ours, $"{schedule}: {string.Join(" | ", schedule.ForSystemd())}");
    }

    private static List<DateTimeOffset> TimesOf(string calendar, int count)
    {
        var info = new ProcessStartInfo(SystemdAnalyze, ["calendar", "--base-time=2027-01-01 00:00:00 UTC", $"--iterations={count}", calendar]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        info.Environment["TZ"] = "UTC";
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, calendar + process.StandardError.ReadToEnd());
        return [.. output.Split('\n').Where(line => line.Contains("Next elapse:", StringComparison.Ordinal) || line.Contains("Iter. #", StringComparison.Ordinal))
            .Select(line => line.Split(": ")[1].Trim()).Where(text => text.EndsWith(" UTC", StringComparison.Ordinal))
            .Select(text => DateTimeOffset.ParseExact(text[4..^4], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal))];
    }
}
