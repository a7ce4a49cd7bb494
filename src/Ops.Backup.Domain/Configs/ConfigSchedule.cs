using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Domain.Configs;

/// <summary>What a due run does while another of its source runs.</summary>
public enum WhenBusy { Wait, Skip }

/// <summary>When a config's runs start: a schedule, spread by jitter, pushed out of maintenance windows.</summary>
public sealed record ConfigSchedule
{
    /// <summary>What starts later than this after its time was missed: no node was there.</summary>
    public static readonly TimeSpan MissedAfter = TimeSpan.FromMinutes(5);

    /// <exception cref="InvalidValueException">The windows leave no time, or the jitter is out of range.</exception>
    public ConfigSchedule(Schedule schedule, int jitterSeconds, IReadOnlyList<MaintenanceWindow> windows, bool runMissed, WhenBusy whenBusy)
    {
        if (jitterSeconds is < 0 or > Jitter.MaxSeconds) throw ScheduleErrors.JitterOutOfRange(jitterSeconds);
        if (MaintenanceWindow.NextAllowed(windows, DateTimeOffset.UnixEpoch) is null) throw ConfigErrors.WindowsLeaveNothing();
        (Schedule, JitterSeconds, Windows, RunMissed, WhenBusy) = (schedule, jitterSeconds, windows, runMissed, whenBusy);
    }

    public Schedule Schedule { get; }

    public int JitterSeconds { get; }

    public IReadOnlyList<MaintenanceWindow> Windows { get; }

    /// <summary>What was missed while no node was there is run once when one is.</summary>
    public bool RunMissed { get; }

    public WhenBusy WhenBusy { get; }

    /// <summary>The first start after a time. Times of the schedule that a window pushes to one moment are one run, named by the first.</summary>
    /// <param name="id">What the jitter goes by.</param>
    public ScheduledTime? NextAfter(string id, DateTimeOffset utc)
    {
        for (var time = Schedule.NextAfter(utc - Jitter.Of(id, JitterSeconds)); time is { } due; time = Schedule.NextAfter(due))
            if (StartOf(id, due) is { } start && start > utc) return new ScheduledTime(due, start);
        return null;
    }

    /// <summary>What to do now about a planned start that has come.</summary>
    public DueRuns Due(string id, ScheduledTime planned, DateTimeOffset now)
    {
        var (last, missed, next) = (planned, 0, NextAfter(id, planned.At));
        for (; next is not null && next.At <= now; next = NextAfter(id, next.At)) (last, missed) = (next, missed + 1);
        var late = now - last.At > MissedAfter;
        return new DueRuns(late && !RunMissed ? null : last, late ? missed + 1 : missed, planned.For, next);
    }

    private DateTimeOffset? StartOf(string id, DateTimeOffset due) => MaintenanceWindow.NextAllowed(Windows, due + Jitter.Of(id, JitterSeconds));
}

/// <summary>A time of the schedule, and when its run really starts.</summary>
public sealed record ScheduledTime(DateTimeOffset For, DateTimeOffset At);

/// <param name="Run">The run to start now; null when all were missed and none is made up for.</param>
/// <param name="Missed">How many starts did not happen at their time; the run may make up for the last of them.</param>
/// <param name="FirstMissed">The time of the first of them.</param>
/// <param name="Next">The next start after now.</param>
public sealed record DueRuns(ScheduledTime? Run, int Missed, DateTimeOffset FirstMissed, ScheduledTime? Next);
