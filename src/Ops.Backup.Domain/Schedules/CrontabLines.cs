using System.Globalization;

namespace Ops.Backup.Domain.Schedules;

/// <summary>A line of a crontab: five fields that every cron reads, and what the command has to ask because no field can say it.</summary>
/// <param name="Fields">Numbers, ranges and <c>*</c> with a step; no names and no <c>L</c>.</param>
/// <param name="LastDayOnly">The command has to make sure that it is the last day of the month.</param>
/// <param name="Weekdays">The command has to make sure that it is one of these (0 is Sunday); any when empty.</param>
public sealed record CrontabLine(string Fields, bool LastDayOnly, IReadOnlyList<int> Weekdays);

/// <summary>
/// A cron expression for the crons of Debian and Red Hat. They know no <c>L</c>, no <c>5/15</c> and few names; and a day field restricts
/// on its own only if its first character is <c>*</c>, which decides whether both day fields must match or one.
/// </summary>
internal static class CrontabLines
{
    private const ulong WholeWeek = 0x7F;

    // The days that can be a month's last.
    private const ulong LastDays = 0xFUL << 28;

    public static IReadOnlyList<CrontabLine> Of(CronExpression cron)
    {
        var (time, month, weekday) = ($"{Text(cron.Minute)} {Text(cron.Hour)}", Text(cron.Month), Text(cron.DayOfWeek));
        var lines = new List<CrontabLine>();
        var dates = cron.DayOfMonth;
        if (dates.Bits != 0) lines.Add(new CrontabLine($"{time} {Text(dates)} {month} {weekday}", LastDayOnly: false, []));
        else if (cron.EitherDay) lines.Add(new CrontabLine($"{time} * {month} {weekday}", LastDayOnly: false, []));
        if (!dates.HasLast) return lines;
        // Days that another line has already must not come twice.
        var (days, weekdays) = (LastDays & ~dates.Bits, cron.EitherDay ? WholeWeek & ~cron.DayOfWeek.Bits : cron.DayOfWeek.Bits);
        if (days != 0 && weekdays != 0)
            lines.Add(new CrontabLine($"{time} {Numbers(days)} {month} *", LastDayOnly: true, weekdays == WholeWeek ? [] : [.. Values(weekdays)]));
        return lines;
    }

    private static string Text(CronField field)
    {
        var stars = field.Text.Split(',').Where(item => item.StartsWith('*')).ToList();
        if (stars.Count == 0) return Numbers(field.Bits);
        if (stars.Contains("*")) return "*";
        var rest = field.Text.Split(',').Length > stars.Count ? "," + Numbers(field.Bits) : "";
        return string.Join(',', stars) + rest;
    }

    private static string Numbers(ulong bits) => string.Join(',', NumberRuns.Of(Values(bits)).Select(run =>
        run.From == run.To ? run.From.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{run.From}-{run.To}")));

    private static IEnumerable<int> Values(ulong bits)
    {
        for (var value = 0; value < 64; value++)
            if ((bits >> value & 1) != 0) yield return value;
    }
}
