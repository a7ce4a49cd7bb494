using System.Globalization;

namespace Ops.Backup.Domain.Schedules;

internal sealed class EnglishScheduleWords : ScheduleWords
{
    private static readonly DateTimeFormatInfo Names = CultureInfo.InvariantCulture.DateTimeFormat;

    public override string Daily => "daily";

    public override string Comma => ", ";

    public override string Or => " or ";

    public override string And => " if ";

    public override string InZone(string text, string zoneId) => $"{text} ({zoneId})";

    public override string EveryMinutes(int step) => step == 1 ? "every minute" : $"every {Text(step)} minutes";

    public override string EveryHours(int step) => step == 1 ? "every hour" : $"every {Text(step)} hours";

    public override string AtMinute(int minute) => string.Create(CultureInfo.InvariantCulture, $" at :{minute:00}");

    public override string ByFields(string minutes, string hours) => $"at minutes {minutes} of hours {hours}";

    public override string Dates(IReadOnlyList<int> dates, bool last) => "monthly " + string.Join(", ", dates.Select(Text).Concat(last ? ["last day"] : []));

    public override string Weekdays(IReadOnlyList<int> weekdays) => "weekly " + string.Join(", ", weekdays.Select(day => Names.DayNames[day]));

    public override string Yearly(int month, int date) => $"yearly {Names.MonthNames[month - 1]} {Text(date)}";

    public override string OnDays(string days) => $", {days}";

    public override string InMonths(IReadOnlyList<int> months) => " in " + string.Join(", ", months.Select(month => Names.MonthNames[month - 1]));
}
