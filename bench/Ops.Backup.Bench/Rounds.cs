namespace Ops.Backup.Bench;

internal static class Rounds
{
    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
