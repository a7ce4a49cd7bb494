namespace Ops.Backup.Domain.Tests.Schedules;

/// <summary>A crontab line as the crons of Debian and Red Hat read it: numbers only, and a day field counts as free if its first character is <c>*</c>.</summary>
internal sealed class ForeignCron
{
    private readonly HashSet<int>[] _sets;
    private readonly bool _freeDate;
    private readonly bool _freeWeekday;

    public ForeignCron(string fields)
    {
        var texts = fields.Split(' ');
        (int Low, int High)[] ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
        _sets = [.. texts.Select((text, field) => text.Split(',').SelectMany(item => Item(item, ranges[field].Low, ranges[field].High)).ToHashSet())];
        if (_sets[4].Contains(7)) _sets[4].Add(0);
        (_freeDate, _freeWeekday) = (texts[2][0] == '*', texts[4][0] == '*');
    }

    public bool Matches(DateTime time)
    {
        if (!_sets[0].Contains(time.Minute) || !_sets[1].Contains(time.Hour) || !_sets[3].Contains(time.Month)) return false;
        var (date, weekday) = (_sets[2].Contains(time.Day), _sets[4].Contains((int)time.DayOfWeek));
        return _freeDate || _freeWeekday ? date && weekday : date || weekday;
    }

    private static IEnumerable<int> Item(string item, int low, int high)
    {
        var parts = item.Split('/');
        if (parts.Length > 1 && parts[0] is not "*" && !parts[0].Contains('-', StringComparison.Ordinal)) throw new FormatException($"No cron reads {item}.");
        var step = parts.Length > 1 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 1;
        var range = parts[0] is "*" ? [low, high] : parts[0].Split('-').Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        for (var value = range[0]; value <= range[^1]; value += step) yield return value;
    }
}
