using System.Globalization;

namespace Ops.Backup.Domain.Schedules;

/// <summary>The words of one language for schedules.</summary>
internal abstract class ScheduleWords
{
    public abstract string Daily { get; }

    public abstract string Comma { get; }

    public abstract string Or { get; }

    public abstract string And { get; }

    public static ScheduleWords Of(ScheduleLanguage language) => language is ScheduleLanguage.Chinese ? new ChineseScheduleWords() : new EnglishScheduleWords();

    public abstract string InZone(string text, string zoneId);

    public abstract string EveryMinutes(int step);

    public abstract string EveryHours(int step);

    public abstract string AtMinute(int minute);

    public abstract string ByFields(string minutes, string hours);

    public abstract string Dates(IReadOnlyList<int> dates, bool last);

    public abstract string Weekdays(IReadOnlyList<int> weekdays);

    public abstract string Yearly(int month, int date);

    public abstract string OnDays(string days);

    public abstract string InMonths(IReadOnlyList<int> months);

    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
