using System.Globalization;

namespace Ops.Backup.Domain.Schedules;

/// <summary>A cron expression in plain words. What the plain forms can say is said so that they read it back.</summary>
internal sealed class ScheduleText
{
    // More times than these are told by their fields.
    private const int MostTimes = 6;

    private readonly CronExpression _cron;
    private readonly ScheduleWords _words;

    private ScheduleText(CronExpression cron, ScheduleWords words) => (_cron, _words) = (cron, words);

    public static string Of(CronExpression cron, string zoneId, ScheduleLanguage language)
    {
        var words = ScheduleWords.Of(language);
        return words.InZone(new ScheduleText(cron, words).Whole(), zoneId);
    }

    private bool AnyDate => _cron.DayOfMonth.Text is "*";

    private bool AnyWeekday => _cron.DayOfWeek.Text is "*";

    private bool AnyMonth => _cron.Month.Count == 12;

    private string Whole()
    {
        if (Interval() is { } interval) return interval + (AnyDate && AnyWeekday ? "" : _words.OnDays(Days())) + Months();
        var times = Times();
        if (AnyDate && AnyWeekday) return _words.Daily + " " + times + Months();
        if (AnyWeekday && _cron.Month.Count == 1 && _cron.DayOfMonth is { Count: 1, HasLast: false })
            return _words.Yearly(_cron.Month.First, _cron.DayOfMonth.First) + " " + times;
        return Days() + " " + times + Months();
    }

    /// <summary>Minutes and hours as a spacing, if they have one.</summary>
    private string? Interval()
    {
        var (minutes, hours) = (_cron.Minute, _cron.Hour);
        if (_cron.RunsEveryHour && minutes.EvenStep(60) is > 0 and < 60 and var step) return _words.EveryMinutes(step);
        if (minutes.Count != 1 || hours.EvenStep(24) is not (> 0 and < 24 and var apart)) return null;
        return _words.EveryHours(apart) + (minutes.First == 0 ? "" : _words.AtMinute(minutes.First));
    }

    private string Times()
    {
        var (minutes, hours) = (_cron.Minute, _cron.Hour);
        if (minutes.Count * hours.Count > MostTimes) return _words.ByFields(minutes.Text, hours.Text);
        return string.Join(_words.Comma, hours.Values().SelectMany(
            hour => minutes.Values().Select(minute => string.Create(CultureInfo.InvariantCulture, $"{hour:00}:{minute:00}"))));
    }

    private string Days()
    {
        var date = _words.Dates([.. _cron.DayOfMonth.Values()], _cron.DayOfMonth.HasLast);
        var weekday = _words.Weekdays([.. _cron.DayOfWeek.Values()]);
        if (AnyWeekday) return date;
        if (AnyDate) return weekday;
        return date + (_cron.EitherDay ? _words.Or : _words.And) + weekday;
    }

    private string Months() => AnyMonth ? "" : _words.InMonths([.. _cron.Month.Values()]);
}
