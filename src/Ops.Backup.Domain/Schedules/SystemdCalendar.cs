using System.Globalization;

namespace Ops.Backup.Domain.Schedules;

/// <summary>
/// A cron expression as <c>OnCalendar=</c> of systemd timers, which start at any of several. Weekday and date must both match there,
/// so that "one or the other" is two of them; the last day of a month is <c>~01</c>.
/// </summary>
internal static class SystemdCalendar
{
    private static readonly string[] DayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    public static IReadOnlyList<string> Of(CronExpression cron, string zoneId)
    {
        var month = cron.Month.Count == 12 ? "*" : Numbers(cron.Month);
        var time = $"{(cron.Hour.Count == 24 ? "*" : Numbers(cron.Hour))}:{(cron.Minute.Count == 60 ? "*" : Numbers(cron.Minute))}:00 {zoneId}";
        var weekdays = cron.DayOfWeek.Count == 7 ? "" : string.Join(',', cron.DayOfWeek.Values().Select(day => DayNames[day])) + " ";
        var withDates = cron.EitherDay ? "" : weekdays;
        var dates = cron.DayOfMonth;
        var lines = new List<string>();
        if (dates.Count == 31) lines.Add($"{withDates}*-{month}-* {time}");
        else if (dates.Count > 0) lines.Add($"{withDates}*-{month}-{Numbers(dates)} {time}");
        if (dates.HasLast && dates.Count < 31) lines.Add($"{withDates}*-{month}~01 {time}");
        if (cron.EitherDay) lines.Add($"{weekdays}*-{month}-* {time}");
        return lines;
    }

    private static string Numbers(CronField field) => string.Join(',', NumberRuns.Of(field.Values()).Select(run =>
        run.From == run.To ? run.From.ToString("00", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{run.From:00}..{run.To:00}")));
}
