namespace Ops.Backup.Domain.Schedules;

/// <summary>
/// The clock on the wall of a zone. Asks the zone for nothing but the offset of a UTC minute, which is defined for every zone and
/// year; the local-to-UTC questions of <see cref="TimeZoneInfo"/> know daylight saving only, not a zone that moved across the date line.
/// </summary>
internal sealed class ZoneClock
{
    // No zone changed its clock twice in so short a time.
    private static readonly TimeSpan Stride = TimeSpan.FromHours(10);

    private readonly TimeZoneInfo _zone;

    private ZoneClock(TimeZoneInfo zone) => _zone = zone;

    public string Id => _zone.Id;

    /// <exception cref="InvalidValueException">No zone has that IANA name.</exception>
    public static ZoneClock Of(string? id) =>
        // Files of the zone database that are not zones, and names that differ in case, are found or not by chance.
        id is { Length: > 0 and <= 64 } && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '_' or '+' or '-')
        && !id.StartsWith("posix", StringComparison.Ordinal) && !id.StartsWith("right/", StringComparison.Ordinal)
        && id is not ("localtime" or "Factory")
        && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && string.Equals(zone.Id, id, StringComparison.Ordinal)
            ? new ZoneClock(zone)
            : throw ScheduleErrors.UnknownZone(id);

    public TimeSpan Offset(DateTime utc) => _zone.GetUtcOffset(utc);

    public DateTime Local(DateTime utc) => DateTime.SpecifyKind(utc + Offset(utc), DateTimeKind.Unspecified);

    /// <summary>The first change of the offset after a whole minute and within a span of it.</summary>
    public ZoneChange? ChangeAfter(DateTime utc, TimeSpan within)
    {
        var (low, end, before) = (utc, utc + within, Offset(utc));
        while (low < end)
        {
            var high = end - low > Stride ? low + Stride : end;
            if (Offset(high) != before) return Between(low, high, before);
            low = high;
        }
        return null;
    }

    private ZoneChange Between(DateTime low, DateTime high, TimeSpan before)
    {
        while (high.Ticks - low.Ticks > TimeSpan.TicksPerMinute)
        {
            var minutes = (high.Ticks - low.Ticks) / TimeSpan.TicksPerMinute / 2;
            var middle = low.AddTicks(minutes * TimeSpan.TicksPerMinute);
            if (Offset(middle) == before) low = middle;
            else high = middle;
        }
        return new ZoneChange(high, before, Offset(high));
    }
}

/// <summary>The first minute (UTC) of a new offset.</summary>
internal readonly record struct ZoneChange(DateTime At, TimeSpan Before, TimeSpan After)
{
    /// <summary>Local times are skipped; otherwise some come twice.</summary>
    public bool IsGap => After > Before;

    /// <summary>The local time at which the old offset ends: the first that is skipped, or the end of those that come twice.</summary>
    public DateTime OldLocal => At + Before;

    public DateTime NewLocal => At + After;
}
