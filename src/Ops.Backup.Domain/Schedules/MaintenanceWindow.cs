namespace Ops.Backup.Domain.Schedules;

/// <summary>
/// Days and local times in which nothing starts: an instant is inside when the clock on the wall is, so that times that come twice
/// are inside twice. A window that ends at or before the time that it begins at ends on the next day.
/// </summary>
public sealed class MaintenanceWindow
{
    // Windows repeat every week; what is closed for longer than this, clock changes included, stays closed.
    private static readonly TimeSpan GiveUp = TimeSpan.FromDays(9);

    private static readonly DateTime Latest = new(9998, 12, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly ZoneClock _clock;

    /// <param name="days">On which it begins.</param>
    /// <param name="from">The first local minute in it.</param>
    /// <param name="to">The first local minute after it.</param>
    /// <param name="zoneId">An IANA name.</param>
    /// <exception cref="InvalidValueException">It has no days, or would never let anything start, or the zone is unknown.</exception>
    public MaintenanceWindow(IEnumerable<DayOfWeek> days, TimeOnly from, TimeOnly to, string? zoneId)
    {
        Days = [.. days.Distinct().Order()];
        if (Days.Count == 0) throw ScheduleErrors.WindowWithoutDays();
        if (Days.Count == 7 && from == to) throw ScheduleErrors.WindowNeverEnds();
        (From, To, _clock) = (from, to, ZoneClock.Of(zoneId));
    }

    public IReadOnlyList<DayOfWeek> Days { get; }

    public TimeOnly From { get; }

    public TimeOnly To { get; }

    public string TimeZone => _clock.Id;

    private TimeSpan Length => To > From ? To - From : TimeSpan.FromDays(1) - (From - To);

    public bool Contains(DateTimeOffset utc) => EndOf(_clock.Local(utc.UtcDateTime)) is not null;

    /// <summary>The given time itself when nothing speaks against it, else the first after it, in UTC.</summary>
    public DateTimeOffset NextAllowed(DateTimeOffset utc) => NextAllowed([this], utc) ?? utc.ToUniversalTime();

    /// <summary>The first time that is in none of the windows; null when together they leave none.</summary>
    public static DateTimeOffset? NextAllowed(IReadOnlyCollection<MaintenanceWindow> windows, DateTimeOffset utc)
    {
        var time = utc.UtcDateTime;
        if (time > Latest) return new DateTimeOffset(time);
        while (time - utc.UtcDateTime <= GiveUp)
        {
            var later = windows.Aggregate(time, (from, window) => window.Leave(from));
            if (later == time) return new DateTimeOffset(time);
            time = later;
        }
        return null;
    }

    /// <summary>The end of the window, or the next change of clocks in it; the time itself when it is outside.</summary>
    private DateTime Leave(DateTime utc)
    {
        var local = _clock.Local(utc);
        if (EndOf(local) is not { } end) return utc;
        var left = end - local;
        var minute = utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMinute));
        return _clock.ChangeAfter(minute, left + TimeSpan.FromMinutes(1)) is { } change && change.At < utc + left ? change.At : utc + left;
    }

    private DateTime? EndOf(DateTime local)
    {
        foreach (var day in (DateTime[])[local.Date, local.Date.AddDays(-1)])
        {
            var begin = day + From.ToTimeSpan();
            if (Days.Contains(day.DayOfWeek) && local >= begin && local < begin + Length) return begin + Length;
        }
        return null;
    }
}
