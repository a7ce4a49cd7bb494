using System.Globalization;

namespace Ops.Backup.Domain.Schedules;

/// <summary>One of the five parts of a cron expression: what it may hold, and how it is read.</summary>
internal sealed class CronPart
{
    public static readonly CronPart Minute = new("minute", 0, 59, []);

    public static readonly CronPart Hour = new("hour", 0, 23, []);

    public static readonly CronPart DayOfMonth = new("day of month", 1, 31, []);

    public static readonly CronPart Month = new("month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]);

    /// <summary>Sunday is 0 and 7.</summary>
    public static readonly CronPart DayOfWeek = new("day of week", 0, 7, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]);

    private readonly string _name;
    private readonly int _low;
    private readonly int _high;
    private readonly string[] _names;

    private CronPart(string name, int low, int high, string[] names) => (_name, _low, _high, _names) = (name, low, high, names);

    // 7 is another name of 0, not one value more.
    private int Values => this == DayOfWeek ? 7 : _high - _low + 1;

    /// <exception cref="InvalidValueException">It is not a list of values, ranges and steps that this part has.</exception>
    public CronField Parse(string text)
    {
        var field = new CronField(text, 0, HasStar: false, HasStep: false, HasLast: false);
        foreach (var item in text.Split(',')) field = Add(field, item);
        // Sunday said as 7 becomes 0.
        return this == DayOfWeek ? field with { Bits = (field.Bits | (field.Bits >> 7)) & 0x7F } : field;
    }

    private CronField Add(CronField field, string item)
    {
        if (item.Length == 0) throw Wrong(field.Text, "a value is missing");
        if (this == DayOfMonth && item is "L") return field with { HasLast = true };
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? item : item[..slash];
        var step = slash < 0 ? 1 : Step(field.Text, item[(slash + 1)..]);
        var (from, to) = Range(field.Text, range, toTheEnd: slash >= 0);
        for (var value = from; value <= to; value += step) field = field with { Bits = field.Bits | (1UL << value) };
        var star = range is "*";
        return field with { HasStar = field.HasStar || star, HasStep = field.HasStep || star || slash >= 0 };
    }

    private (int From, int To) Range(string text, string range, bool toTheEnd)
    {
        var last = this == DayOfWeek ? 6 : _high;
        if (range is "*") return (_low, last);
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
        {
            var value = Value(text, range);
            return (value, toTheEnd ? Math.Max(value, last) : value);
        }
        var (from, to) = (Value(text, range[..dash]), Value(text, range[(dash + 1)..]));
        if (this == DayOfWeek && to == 0 && from > 0) to = 7;
        return from <= to ? (from, to) : throw Wrong(text, $"the range {range} ends before it begins");
    }

    private int Step(string text, string step) =>
        TryNumber(step, out var number) && number >= 1 && number <= Values ? number
            : throw Wrong(text, $"the step '{step}' is not a number from 1 to {Values}");

    private int Value(string text, string value)
    {
        if (TryNumber(value, out var number) && number >= _low && number <= _high) return number;
        var name = Array.IndexOf(_names, value);
        if (name >= 0) return name + _low;
        throw Wrong(text, $"'{value}' is not a number from {_low} to {_high}" + (_names.Length > 0 ? $" or a name from {_names[0]} to {_names[^1]}" : ""));
    }

    private static bool TryNumber(string text, out int number)
    {
        number = 0;
        return text.Length <= 4 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private InvalidValueException Wrong(string text, string why) => ScheduleErrors.Part(_name, text, why);
}
