using System.Globalization;

namespace Ops.Backup.Domain.Retention;

/// <summary>The hour, day, week, month or year of a zone that an instant is in.</summary>
internal static class RetentionPeriods
{
    /// <summary>Equal in one period. Grows with time, but for the minutes in which a clock set back at midnight shows yesterday again.</summary>
    public static long Key(RetentionReason period, DateTime utc, TimeSpan offset)
    {
        var local = utc + offset;
        return period switch
        {
            // By its beginning in UTC: an hour that comes twice is two hours.
            RetentionReason.Hourly => local.Ticks - local.Ticks % TimeSpan.TicksPerHour - offset.Ticks,
            RetentionReason.Daily => local.Date.Ticks,
            RetentionReason.Weekly => Monday(local).Ticks,
            RetentionReason.Monthly => local.Year * 12 + local.Month,
            _ => local.Year,
        };
    }

    public static string Name(RetentionReason period, DateTime utc, TimeSpan offset)
    {
        var local = utc + offset;
        return period switch
        {
            RetentionReason.Hourly => new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), offset).ToString("yyyy-MM-dd'T'HHzzz", CultureInfo.InvariantCulture),
            RetentionReason.Daily => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            RetentionReason.Weekly => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(local):0000}-W{ISOWeek.GetWeekOfYear(local):00}"),
            RetentionReason.Monthly => local.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            _ => local.ToString("yyyy", CultureInfo.InvariantCulture),
        };
    }

    private static DateTime Monday(DateTime local) => local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7));
}
