using System.Globalization;

namespace Ops.Backup.Bench;

/// <summary>
/// CPU seconds by the programs' names: of one process, and of the children of others. What a child uses between the last look and its end is missed,
/// at most one pause a child.
/// </summary>
internal sealed class CpuSampler : IAsyncDisposable
{
    private const double TicksPerSecond = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly int _service;
    private readonly int _postmaster;
    private readonly HashSet<int> _others = [];
    private readonly Dictionary<int, (string Name, long First, long Last)> _seen = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sampling;

    /// <param name="service">Counted itself, as <c>service</c>, and so are its children.</param>
    /// <param name="postmaster">Its children are counted, as <c>postgres</c>.</param>
    public CpuSampler(int service, int postmaster)
    {
        (_service, _postmaster) = (service, postmaster);
        Look(isFirst: true);
        _sampling = Task.Run(SampleAsync);
    }

    /// <summary>Takes the last look; later calls change nothing.</summary>
    public void Stop() => _stop.Cancel();

    public async Task<IReadOnlyDictionary<string, double>> SecondsAsync()
    {
        Stop();
        await _sampling;
        return _seen.Values.GroupBy(process => process.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Sum(process => process.Last - process.First) / TicksPerSecond, StringComparer.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _sampling;
        _stop.Dispose();
    }

    private async Task SampleAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Look(isFirst: false);
        }
    }

    private void Look(bool isFirst)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || _others.Contains(id)) continue;
            if (Read(id) is { } now) _seen[id] = (now.Name, _seen.TryGetValue(id, out var before) ? before.First : isFirst ? now.Ticks : 0, now.Ticks);
        }
    }

    // A child has another name before it becomes the program that it is to run; the last one counts.
    private (string Name, long Ticks)? Read(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
            var end = stat.LastIndexOf(')');
            // From the state on, which is the third field of proc(5).
            var fields = stat[(end + 2)..].Split(' ');
            var parent = int.Parse(fields[1], CultureInfo.InvariantCulture);
            if (id == _service || parent == _service || parent == _postmaster)
                return (id == _service ? "service" : stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end], Number(fields[11]) + Number(fields[12]));
            _others.Add(id);
            return null;
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
