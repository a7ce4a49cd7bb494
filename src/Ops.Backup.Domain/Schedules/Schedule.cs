namespace Ops.Backup.Domain.Schedules;

/// <summary>
/// When something runs: a cron expression of five fields in a named time zone. It fires at whole minutes whose local time matches.
/// <para>Where clocks are changed:</para>
/// <list type="bullet">
/// <item>A local time that is skipped runs at the first minute after the gap, once for all that fall into it. Not so for an expression
/// that names every hour of the day: it goes on with the next minute that exists.</item>
/// <item>A local time that comes twice runs the first time only. Not so for an expression that names every hour, or whose minutes have
/// a <c>*</c> or a step: it runs both times, so that <c>*/15</c> stays 15 minutes and <c>@hourly</c> an hour.</item>
/// </list>
/// <para>So hours with a step (<c>0 */6</c>) are that many hours of the clock on the wall. Nothing ever fires twice for one UTC minute.</para>
/// </summary>
public sealed record Schedule
{
    public const int MaxLength = 200;

    // More than a day and twice the largest offset, so that what lies beyond is untouched by a change near the start.
    private static readonly TimeSpan Near = TimeSpan.FromHours(60);

    // The longest time that a clock was ever set back by is a day, at the date line.
    private static readonly TimeSpan LongestRepeat = TimeSpan.FromHours(25);

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly DateTime Earliest = new(1, 1, 5, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Latest = new(9998, 12, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly CronExpression _cron;
    private readonly ZoneClock _clock;

    private Schedule(string text, CronExpression cron, ZoneClock clock) => (Text, _cron, _clock) = (text, cron, clock);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The five fields that it means.</summary>
    public string Cron => _cron.ToString();

    /// <summary>An IANA name.</summary>
    public string TimeZone => _clock.Id;

    private bool RunsSkippedTimes => !_cron.RunsEveryHour;

    private bool RunsRepeatedTimesTwice => _cron.RunsEveryHour || _cron.Minute.HasStep;

    /// <param name="text">Five cron fields, a shortcut like <c>@daily</c>, or a plain form in English or Chinese.</param>
    /// <param name="zoneId">An IANA name.</param>
    /// <exception cref="InvalidValueException"><c>schedule</c> or <c>timeZone</c> is wrong, or the schedule never fires.</exception>
    public static Schedule Parse(string? text, string? zoneId)
    {
        var trimmed = text?.Trim();
        if (string.IsNullOrEmpty(trimmed)) throw ScheduleErrors.Missing();
        if (trimmed.Length > MaxLength) throw ScheduleErrors.TooLong(trimmed.Length, MaxLength);
        return new Schedule(trimmed, CronExpression.Parse(PlainForms.ToCron(trimmed)), ZoneClock.Of(zoneId));
    }

    /// <summary>The first time later than the given one, in UTC; null at the end of the calendar.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset utc)
    {
        var past = utc.UtcDateTime;
        past = past < Earliest ? Earliest : past.AddTicks(-(past.Ticks % TimeSpan.TicksPerMinute));
        if (past >= Latest) return null;
        return FirstFrom(past) is { } next ? new DateTimeOffset(next) : null;
    }

    /// <summary>The next so many times, in order.</summary>
    public IEnumerable<DateTimeOffset> Next(int count, DateTimeOffset utc)
    {
        for (var next = NextAfter(utc); next is { } time && count > 0; next = NextAfter(time), count--) yield return time;
    }

    /// <summary>In plain words, with the time zone: <c>每天 02:30（Asia/Shanghai）</c>.</summary>
    public string Describe(ScheduleLanguage language) => ScheduleText.Of(_cron, _clock.Id, language);

    /// <summary>For a crontab whose times are those of the zone.</summary>
    public IReadOnlyList<CrontabLine> ForCrontab() => CrontabLines.Of(_cron);

    /// <summary>Values of <c>OnCalendar=</c>, the zone included; a timer with all of them starts at each of the times.</summary>
    public IReadOnlyList<string> ForSystemd() => SystemdCalendar.Of(_cron, TimeZone);

    /// <summary>When to start, as options of <c>schtasks /Create</c>, one task each; in the local time of the host.</summary>
    /// <exception cref="ConflictException">Tasks of Windows can't say it.</exception>
    public IReadOnlyList<string> ForWindows() => WindowsTasks.Of(_cron);

    /// <summary>Equal when they mean the same in the same zone, however they were written.</summary>
    public bool Equals(Schedule? other) =>
        other is not null && _cron.Meaning.Equals(other._cron.Meaning) && string.Equals(TimeZone, other.TimeZone, StringComparison.Ordinal);

    public override int GetHashCode() => HashCode.Combine(_cron.Meaning, TimeZone);

    public override string ToString() => $"{Cron} {TimeZone}";

    private DateTime? FirstFrom(DateTime past)
    {
        var time = AfterRepeat(past) + Minute;
        if (_clock.ChangeAfter(time - Minute, Minute) is { } now)
        {
            if (FiresAt(now)) return now.At;
            time = Across(now);
        }
        while (time < Latest)
        {
            var offset = _clock.Offset(time);
            if (_cron.AtOrAfter(time + offset) is not { } wanted) return null;
            var change = _clock.ChangeAfter(time, Near);
            if (wanted < (change?.OldLocal ?? time + offset + Near)) return DateTime.SpecifyKind(wanted - offset, DateTimeKind.Utc);
            if (change is null)
            {
                // Nothing matches before; come near enough to see the change of clocks that may lie around it.
                time = DateTime.SpecifyKind(wanted, DateTimeKind.Utc).AddHours(-16);
                continue;
            }
            if (FiresAt(change.Value)) return change.Value.At;
            time = Across(change.Value);
        }
        return null;
    }

    private bool FiresAt(ZoneChange change) => change.IsGap && RunsSkippedTimes && _cron.AtOrAfter(change.OldLocal) < change.NewLocal;

    private DateTime Across(ZoneChange change) => change.IsGap || RunsRepeatedTimesTwice ? change.At : change.At + (change.Before - change.After);

    // A time within the second turn of repeated times is moved to the turn's last minute.
    private DateTime AfterRepeat(DateTime past)
    {
        if (RunsRepeatedTimesTwice || _clock.ChangeAfter(past - LongestRepeat, LongestRepeat) is not { IsGap: false } change) return past;
        var end = Across(change) - Minute;
        return end > past ? end : past;
    }
}
