using System.Globalization;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Application.Configs;

/// <summary>A maintenance window as people write it; its times are local ones of the config's zone.</summary>
/// <param name="Days" example="[&quot;monday&quot;,&quot;friday&quot;]">On which it begins; every day when left out.</param>
/// <param name="From" example="08:00">The first minute in it.</param>
/// <param name="To" example="18:00">The first minute after it; at or before from: on the next day.</param>
public sealed record WindowForm(IReadOnlyList<string>? Days, string? From, string? To)
{
    /// <exception cref="InvalidValueException">A day or a time is none, or it would never let anything start.</exception>
    public MaintenanceWindow Read(string zone) => new(
        Days is null ? Enum.GetValues<DayOfWeek>() : Days.Select(day => Words.Parse<DayOfWeek>(day, "days")), Time(From, "from"), Time(To, "to"), zone);

    public static WindowForm Of(MaintenanceWindow window) => new(
        [.. window.Days.Select(Words.Of)], window.From.ToString("HH:mm", CultureInfo.InvariantCulture), window.To.ToString("HH:mm", CultureInfo.InvariantCulture));

    private static TimeOnly Time(string? text, string field) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time
        : throw new InvalidValueException("WINDOW_INVALID", field, $"{field} of a window is '{text}'; it is a time like 08:00.");
}
