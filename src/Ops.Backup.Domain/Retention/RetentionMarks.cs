using System.Globalization;
using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Domain.Retention;

/// <summary>Marks, for each backup of a history, every reason to keep it.</summary>
internal sealed class RetentionMarks
{
    private readonly RetentionHistory _history;
    private readonly RetentionRule _rule;
    private readonly ZoneClock _clock;
    private readonly long _now;
    private readonly int[] _marks;
    private readonly int[] _neededBy;

    public RetentionMarks(RetentionHistory history, RetentionRule rule, DateTimeOffset now, ZoneClock clock)
    {
        (_history, _rule, _clock, _now) = (history, rule, clock, now.UtcTicks);
        _marks = new int[history.Length];
        _neededBy = new int[history.Length];
        KeepWhatMustStay();
        KeepNewest();
        KeepCounted();
        foreach (var (period, count) in (ReadOnlySpan<(RetentionReason, int)>)
            [(RetentionReason.Hourly, rule.Hourly), (RetentionReason.Daily, rule.Daily), (RetentionReason.Weekly, rule.Weekly), (RetentionReason.Monthly, rule.Monthly), (RetentionReason.Yearly, rule.Yearly)])
            KeepPeriods(period, count);
        KeepFailures();
        KeepNeeded();
    }

    public bool IsKept(int place) => _marks[place] != 0;

    /// <summary>Bit n is set for reason n.</summary>
    public int Of(int place) => _marks[place];

    public RetentionNote Note(int place, RetentionReason reason) => reason switch
    {
        RetentionReason.OnHold => new RetentionNote(reason, _history[place].HoldUntil!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
        RetentionReason.NeededBy => new RetentionNote(reason, _history[_neededBy[place]].Id),
        >= RetentionReason.Hourly and <= RetentionReason.Yearly => new RetentionNote(reason, RetentionPeriods.Name(reason, Start(place), _clock.Offset(Start(place)))),
        _ => new RetentionNote(reason),
    };

    private void KeepWhatMustStay()
    {
        var young = _now - _rule.MinimumAgeHours * TimeSpan.TicksPerHour;
        for (var place = 0; place < _history.Length; place++)
        {
            var backup = _history[place];
            if (backup.Status is RetainedStatus.Running) Mark(place, RetentionReason.Running);
            if (IsFromTheFuture(place) || backup.StartedAt.UtcTicks > young) Mark(place, RetentionReason.TooYoung);
            if (backup.HoldUntil?.UtcTicks > _now) Mark(place, RetentionReason.OnHold);
        }
    }

    // A good backup whose chain is broken may be the newest, but then the newest that can be restored stays too.
    private void KeepNewest()
    {
        var restorable = _history.Restorable();
        foreach (var place in Good().Take(1)) Mark(place, RetentionReason.NewestGood);
        foreach (var place in Good().Where(place => restorable[place]).Take(1)) Mark(place, RetentionReason.NewestGood);
        foreach (var place in Good().Where(place => _history[place].IsProven).Take(1)) Mark(place, RetentionReason.NewestProven);
        foreach (var place in Good().Where(place => _history[place].IsProven && restorable[place]).Take(1)) Mark(place, RetentionReason.NewestProven);
    }

    private void KeepCounted()
    {
        foreach (var place in Good().Take(_rule.Count)) Mark(place, RetentionReason.Count);
        if (_rule.Days == 0) return;
        var oldest = _now - _rule.Days * TimeSpan.TicksPerDay;
        foreach (var place in Good().TakeWhile(place => _history[place].StartedAt.UtcTicks >= oldest)) Mark(place, RetentionReason.Age);
    }

    private void KeepPeriods(RetentionReason period, int count)
    {
        if (count == 0) return;
        var last = long.MaxValue;
        foreach (var place in Good())
        {
            var key = RetentionPeriods.Key(period, Start(place), _clock.Offset(Start(place)));
            // Not "differs from": a clock set back over midnight shows a day again that has its backup already.
            if (key >= last) continue;
            last = key;
            Mark(place, period);
            if (--count == 0) return;
        }
    }

    private void KeepFailures()
    {
        var oldest = _now - _rule.FailedDays * TimeSpan.TicksPerDay;
        var (goodCame, failureCame) = (false, false);
        for (var place = 0; place < _history.Length; place++)
        {
            if (IsFromTheFuture(place)) continue;
            goodCame |= _history[place].Status is RetainedStatus.Good;
            if (_history[place].Status is not RetainedStatus.Failed) continue;
            if (_history[place].StartedAt.UtcTicks >= oldest) Mark(place, RetentionReason.RecentFailure);
            if (!goodCame && !failureCame) Mark(place, RetentionReason.NewestFailure);
            failureCame = true;
        }
    }

    private void KeepNeeded()
    {
        for (var start = 0; start < _history.Length; start++)
        {
            if (!IsKept(start)) continue;
            for (var place = start; _history.Parents[place] is not RetentionHistory.None and var parent; place = parent)
            {
                // Who was marked before leads upwards from there already.
                var marked = Has(parent, RetentionReason.NeededBy);
                if (!marked) _neededBy[parent] = place;
                Mark(parent, RetentionReason.NeededBy);
                if (marked) break;
            }
        }
    }

    // A clock that ran ahead must neither take the place of real backups nor make itself deleted.
    private IEnumerable<int> Good()
    {
        for (var place = 0; place < _history.Length; place++)
            if (_history[place].Status is RetainedStatus.Good && !IsFromTheFuture(place)) yield return place;
    }

    private bool IsFromTheFuture(int place) => _history[place].StartedAt.UtcTicks > _now;

    // A day from the ends of the calendar, so that an offset can be added.
    private DateTime Start(int place) =>
        new(Math.Clamp(_history[place].StartedAt.UtcTicks, TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay), DateTimeKind.Utc);

    private void Mark(int place, RetentionReason reason) => _marks[place] |= 1 << (int)reason;

    private bool Has(int place, RetentionReason reason) => (_marks[place] & 1 << (int)reason) != 0;
}
