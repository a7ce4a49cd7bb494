using System.Diagnostics;

namespace Ops.Backup.Testing;

/// <summary>Waits for a condition and says, when it does not come, what was seen last.</summary>
public static class Poll
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until what is seen satisfies the condition, and returns it.</summary>
    public static async Task<T> Until<T>(string description, Func<Task<T>> look, Func<T, bool> condition, TimeSpan timeout)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var (seen, what) = await LookAsync(look);
            if (what is null && condition(seen!)) return seen!;
            if (clock.Elapsed > timeout)
                throw new TimeoutException($"Not within {timeout.TotalSeconds:0.#} s: {description}. Last state: {what?.ToString() ?? seen?.ToString() ?? "null"}");
            await Task.Delay(Pause);
        }
    }

    public static Task<T> Until<T>(string description, Func<T> look, Func<T, bool> condition, TimeSpan timeout) =>
        Until(description, () => Task.FromResult(look()), condition, timeout);

    public static Task Until(string description, Func<bool> condition, TimeSpan timeout) => Until(description, condition, met => met, timeout);

    public static Task Until(string description, Func<Task<bool>> condition, TimeSpan timeout) => Until(description, condition, met => met, timeout);

    // What can't be looked at yet (a refused connection, a missing file) is a state like any other.
    private static async Task<(T? Seen, Exception? Error)> LookAsync<T>(Func<Task<T>> look)
    {
        try { return (await look(), null); }
        catch (Exception e) when (e is IOException or HttpRequestException or System.Data.Common.DbException or InvalidOperationException) { return (default, e); }
    }
}
