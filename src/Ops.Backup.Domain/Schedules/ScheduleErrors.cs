namespace Ops.Backup.Domain.Schedules;

/// <summary>Every way in which a schedule, a zone or a window is refused.</summary>
public static class ScheduleErrors
{
    public static InvalidValueException Missing() => new("SCHEDULE_MISSING", "schedule", "The schedule is empty.");

    public static InvalidValueException TooLong(int length, int most) =>
        new("VALUE_TOO_LONG", "schedule", $"schedule has {length} characters; at most {most} are kept.");

    /// <summary>One of the five parts is wrong.</summary>
    public static InvalidValueException Part(string part, string text, string why) =>
        new("SCHEDULE_INVALID", "schedule", $"The {part} of the schedule is '{text}': {why}.");

    public static InvalidValueException NotFiveParts(int count) =>
        new("SCHEDULE_INVALID", "schedule", $"The schedule has {count} parts; it needs five: minute, hour, day of month, month, day of week.");

    public static InvalidValueException UnknownShortcut(string text) =>
        new("SCHEDULE_INVALID", "schedule", $"'{text}' is none of @hourly, @daily, @weekly, @monthly, @yearly.");

    public static InvalidValueException UnknownForm(string text) =>
        new("SCHEDULE_INVALID", "schedule", $"'{text}' is not understood. Examples: every 6 hours, every 15 minutes, daily 02:30, weekly Sunday 02:00, monthly last day 23:00, monthly 1 03:00.");

    public static InvalidValueException UnevenSteps(int step, string unit, int whole) =>
        new("SCHEDULE_INVALID", "schedule", $"Every {step} {unit}s can't be kept: {step} does not divide {whole}, so that the last step of each round would be shorter.");

    public static InvalidValueException NeverFires(string cron) =>
        new("SCHEDULE_NEVER_FIRES", "schedule", $"'{cron}' never fires: the months that it names have no such day of month.");

    public static InvalidValueException UnknownZone(string? id) =>
        new("TIME_ZONE_UNKNOWN", "timeZone", $"'{id}' is not a time zone that this machine knows; it is an IANA name like Asia/Shanghai or UTC.");

    public static InvalidValueException JitterOutOfRange(int seconds) =>
        new("JITTER_OUT_OF_RANGE", "jitter", $"jitter is {seconds} seconds; it goes from 0 to {Jitter.MaxSeconds}.");

    public static InvalidValueException WindowWithoutDays() =>
        new("WINDOW_INVALID", "days", "A maintenance window needs at least one day.");

    public static InvalidValueException WindowNeverEnds() =>
        new("WINDOW_INVALID", "to", "A maintenance window that begins and ends at one time on every day would let nothing start at all.");

    public static ConflictException NotForWindows(string why) =>
        new("EXPORT_NOT_POSSIBLE", $"schtasks can't say this schedule: {why}. Choose another schedule, or format=cron or systemd.");
}
