namespace Ops.Backup.Domain.Schedules;

/// <summary>Ascending numbers as runs without a gap: 1, 2, 3, 7 are 1 to 3 and 7 to 7.</summary>
internal static class NumberRuns
{
    public static IEnumerable<(int From, int To)> Of(IEnumerable<int> ascending)
    {
        (int From, int To)? run = null;
        foreach (var number in ascending)
        {
            if (run is { } open && open.To + 1 == number) run = (open.From, number);
            else
            {
                if (run is { } closed) yield return closed;
                run = (number, number);
            }
        }
        if (run is { } last) yield return last;
    }
}
