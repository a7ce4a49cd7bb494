using System.Diagnostics;

namespace Ops.Backup.Bench;

/// <summary>Times of one thing, in milliseconds.</summary>
internal sealed class Timing
{
    private readonly List<double> _times = [];

    public double P50 => At(0.50);

    public double P99 => At(0.99);

    public async Task MeasureAsync(Func<Task> work)
    {
        var clock = Stopwatch.GetTimestamp();
        await work();
        _times.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
    }

    /// <summary>By turns, so that whatever else the machine does strikes both alike. The first rounds only warm up.</summary>
    public static async Task<(Timing One, Timing Other)> CompareAsync(int rounds, Func<Task> one, Func<Task> other)
    {
        for (var i = 0; i < Math.Max(6, rounds / 10); i++)
        {
            await one();
            await other();
        }
        var (first, second) = (new Timing(), new Timing());
        for (var i = 0; i < rounds; i++)
        {
            await first.MeasureAsync(one);
            await second.MeasureAsync(other);
        }
        return (first, second);
    }

    private double At(double share) => _times.Order().ElementAt((int)Math.Min(_times.Count - 1, share * _times.Count));
}
