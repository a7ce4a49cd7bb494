using System.Globalization;

namespace Ops.Backup.Domain.Tests.Schedules;

/// <summary>A random expression, with a reading of it that shares nothing with the code under test: one set a field.</summary>
internal sealed class RandomCron
{
    private readonly Random _random;
    private readonly HashSet<int>[] _sets = [[], [], [], [], []];
    private readonly string[] _texts = new string[5];
    private bool _last;

    public RandomCron(Random random)
    {
        _random = random;
        // Days are often free, or the walk would find little.
        (int Low, int High, int Star)[] fields = [(0, 59, 3), (0, 23, 3), (1, 31, 6), (1, 12, 8), (0, 6, 6)];
        for (var i = 0; i < 5; i++)
        {
            var count = random.Next(3) == 0 ? 2 : 1;
            _texts[i] = random.Next(10) < fields[i].Star ? Star(i, fields[i].Low, fields[i].High)
                : string.Join(',', Enumerable.Range(0, count).Select(_ => Item(i, fields[i].Low, fields[i].High)));
        }
    }

    public string Text => string.Join(' ', _texts);

    public bool EveryHour => _sets[1].Count == 24;

    public bool StepsMinutes => _texts[0].Contains('*', StringComparison.Ordinal) || _texts[0].Contains('/', StringComparison.Ordinal);

    public bool Matches(DateTime local)
    {
        if (!_sets[0].Contains(local.Minute) || !_sets[1].Contains(local.Hour) || !_sets[3].Contains(local.Month)) return false;
        var date = _sets[2].Contains(local.Day) || (_last && local.AddDays(1).Day == 1);
        var weekday = _sets[4].Contains((int)local.DayOfWeek);
        return _texts[2].Contains('*', StringComparison.Ordinal) || _texts[4].Contains('*', StringComparison.Ordinal) ? date && weekday : date || weekday;
    }

    private string Star(int field, int low, int high)
    {
        _sets[field].UnionWith(Enumerable.Range(low, high - low + 1));
        return "*";
    }

    private string Item(int field, int low, int high)
    {
        var (from, to) = (_random.Next(low, high + 1), _random.Next(low, high + 1));
        if (from > to) (from, to) = (to, from);
        var step = _random.Next(1, 8);
        switch (_random.Next(field == 2 ? 6 : 5))
        {
            case 0:
                Add(field, low, high, step);
                return string.Create(CultureInfo.InvariantCulture, $"*/{Math.Min(step, high - low + 1)}");
            case 1:
                Add(field, from, to, 1);
                return string.Create(CultureInfo.InvariantCulture, $"{from}-{to}");
            case 2:
                Add(field, from, to, step);
                return string.Create(CultureInfo.InvariantCulture, $"{from}-{to}/{step}");
            case 5:
                _last = true;
                return "L";
            default:
                _sets[field].Add(from);
                return from.ToString(CultureInfo.InvariantCulture);
        }
    }

    private void Add(int field, int from, int to, int step)
    {
        for (var value = from; value <= to; value += step) _sets[field].Add(value);
    }
}
