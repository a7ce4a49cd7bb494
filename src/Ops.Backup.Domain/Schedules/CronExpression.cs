using System.Numerics;

namespace Ops.Backup.Domain.Schedules;

/// <summary>
/// Five fields, and which local minutes they match. Knows the calendar and no time zone. Days: a day field that contains <c>*</c>
/// does not restrict on its own; when neither day field does, a day matches that either of them names.
/// </summary>
internal sealed class CronExpression
{
    // Far from the ends of DateTime, so that adding an offset never overflows.
    private const int LastYear = 9998;

    private const ulong AllHours = (1UL << 24) - 1;

    private CronExpression(CronField minute, CronField hour, CronField dayOfMonth, CronField month, CronField dayOfWeek) =>
        (Minute, Hour, DayOfMonth, Month, DayOfWeek) = (minute, hour, dayOfMonth, month, dayOfWeek);

    public CronField Minute { get; }

    public CronField Hour { get; }

    public CronField DayOfMonth { get; }

    public CronField Month { get; }

    public CronField DayOfWeek { get; }

    public bool RunsEveryHour => Hour.Bits == AllHours;

    /// <summary>Equal for expressions that always mean the same.</summary>
    public object Meaning => (Minute.Meaning, Hour.Bits, DayOfMonth.Meaning, Month.Bits, DayOfWeek.Meaning);

    /// <summary>Both day fields restrict, so either of them is enough.</summary>
    public bool EitherDay => !DayOfMonth.HasStar && !DayOfWeek.HasStar;

    /// <exception cref="InvalidValueException">A part is wrong, or it never fires.</exception>
    public static CronExpression Parse(string text)
    {
        var parts = text.ToUpperInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 5) throw ScheduleErrors.NotFiveParts(parts.Length);
        var cron = new CronExpression(
            CronPart.Minute.Parse(parts[0]), CronPart.Hour.Parse(parts[1]), CronPart.DayOfMonth.Parse(parts[2]),
            CronPart.Month.Parse(parts[3]), CronPart.DayOfWeek.Parse(parts[4]));
        // The calendar repeats after 400 years, and a day that none of them has never comes.
        return cron.DayAtOrAfter(new DateTime(2000, 1, 1), 2400) is null ? throw ScheduleErrors.NeverFires(cron.ToString()) : cron;
    }

    public override string ToString() => $"{Minute.Text} {Hour.Text} {DayOfMonth.Text} {Month.Text} {DayOfWeek.Text}";

    /// <summary>The first matching local minute that is not before the given one.</summary>
    public DateTime? AtOrAfter(DateTime local)
    {
        var day = DayAtOrAfter(local.Date, LastYear);
        if (day != local.Date) return Earliest(day);
        var hour = local.Hour;
        if (Hour.Has(hour) && Minute.AtOrAfter(local.Minute) is >= 0 and var minute) return At(local.Date, hour, minute);
        hour = Hour.AtOrAfter(hour + 1);
        return hour >= 0 ? At(local.Date, hour, Minute.First) : Earliest(DayAtOrAfter(local.Date.AddDays(1), LastYear));
    }

    private DateTime? Earliest(DateTime? day) => day is { } date ? At(date, Hour.First, Minute.First) : null;

    private static DateTime At(DateTime day, int hour, int minute) => day.AddTicks((hour * 60L + minute) * TimeSpan.TicksPerMinute);

    private DateTime? DayAtOrAfter(DateTime from, int lastYear)
    {
        var (year, month, fromDay) = (from.Year, from.Month, from.Day);
        while (year <= lastYear)
        {
            if (Month.Has(month))
            {
                var days = DaysOf(year, month) & (uint.MaxValue << fromDay);
                if (days != 0) return new DateTime(year, month, BitOperations.TrailingZeroCount(days));
            }
            fromDay = 1;
            month = Month.AtOrAfter(month + 1);
            if (month < 0) (year, month) = (year + 1, Month.First);
        }
        return null;
    }

    /// <summary>The matching days of a month, as bits 1 to 31.</summary>
    private uint DaysOf(int year, int month)
    {
        var length = DateTime.DaysInMonth(year, month);
        var byDate = (uint)DayOfMonth.Bits | (DayOfMonth.HasLast ? 1u << length : 0);
        var byWeekday = ByWeekday((uint)DayOfWeek.Bits, (int)new DateTime(year, month, 1).DayOfWeek);
        var all = (uint)((1UL << (length + 1)) - 2);
        return (EitherDay ? byDate | byWeekday : byDate & byWeekday) & all;
    }

    // The seven bits of a week, turned so that the month's first day comes first, five times.
    private static uint ByWeekday(uint week, int first)
    {
        var turned = (week >> first | week << (7 - first)) & 0x7F;
        return (uint)((turned | (ulong)turned << 7 | (ulong)turned << 14 | (ulong)turned << 21 | (ulong)turned << 28) << 1);
    }
}
