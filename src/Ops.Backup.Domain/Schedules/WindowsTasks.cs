using System.Globalization;

namespace Ops.Backup.Domain.Schedules;

/// <summary>
/// A cron expression as options of <c>schtasks /Create</c>, one task each. A task has one time of day and one way of choosing days, so
/// not every expression can be said; what can't is refused, because a backup at other times is another backup.
/// </summary>
internal sealed class WindowsTasks
{
    // More tasks than these for one backup are nothing that anybody wants to look after.
    private const int MostTasks = 24;

    private static readonly string[] DayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly string[] MonthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    private readonly CronExpression _cron;

    private WindowsTasks(CronExpression cron) => _cron = cron;

    /// <exception cref="ConflictException">Tasks of Windows can't say it.</exception>
    public static IReadOnlyList<string> Of(CronExpression cron) => new WindowsTasks(cron).All();

    private bool AllDates => _cron.DayOfMonth.Count == 31;

    private bool AllWeekdays => _cron.DayOfWeek.Count == 7;

    private bool AllMonths => _cron.Month.Count == 12;

    private bool EveryDay => _cron.EitherDay ? AllDates || AllWeekdays : AllDates && AllWeekdays;

    private IReadOnlyList<string> All()
    {
        if (EveryDay && AllMonths && Interval() is { } interval) return [interval];
        var days = Days();
        var count = days.Count * _cron.Hour.Count * _cron.Minute.Count;
        if (count > MostTasks) throw ScheduleErrors.NotForWindows($"it would take {count} tasks, and more than {MostTasks} are not made");
        return [.. days.SelectMany(day => _cron.Hour.Values().SelectMany(hour => _cron.Minute.Values().Select(minute =>
            string.Create(CultureInfo.InvariantCulture, $"{day} /ST {hour:00}:{minute:00}"))))];
    }

    private string? Interval()
    {
        if (_cron.RunsEveryHour && _cron.Minute.EvenStep(60) is > 0 and < 60 and var minutes) return string.Create(CultureInfo.InvariantCulture, $"/SC MINUTE /MO {minutes} /ST 00:00");
        if (_cron.Minute.Count != 1 || _cron.Hour.EvenStep(24) is not (> 0 and < 24 and var hours)) return null;
        return string.Create(CultureInfo.InvariantCulture, $"/SC HOURLY /MO {hours} /ST 00:{_cron.Minute.First:00}");
    }

    private List<string> Days()
    {
        if (EveryDay) return AllMonths ? ["/SC DAILY"] : throw ScheduleErrors.NotForWindows("a daily task runs in every month");
        if (_cron.EitherDay) throw ScheduleErrors.NotForWindows("a day that is both the date and the weekday would start two tasks");
        if (AllDates) return AllMonths ? ["/SC WEEKLY /D " + string.Join(',', _cron.DayOfWeek.Values().Select(day => DayNames[day]))] : throw ScheduleErrors.NotForWindows("a weekly task runs in every month");
        if (!AllWeekdays) throw ScheduleErrors.NotForWindows("a task has dates or weekdays, not both");
        var months = AllMonths ? "*" : string.Join(',', _cron.Month.Values().Select(month => MonthNames[month - 1]));
        var dates = _cron.DayOfMonth.Values().ToList();
        if (!_cron.DayOfMonth.HasLast) return dates.ConvertAll(date => OnDate(date, months));
        if (dates.Exists(date => date >= 28)) throw ScheduleErrors.NotForWindows("a last day that is also one of the dates would start two tasks");
        return [.. dates.Select(date => OnDate(date, months)), $"/SC MONTHLY /MO LASTDAY /M {months}"];
    }

    private static string OnDate(int date, string months) => string.Create(CultureInfo.InvariantCulture, $"/SC MONTHLY /D {date} /M {months}");
}
