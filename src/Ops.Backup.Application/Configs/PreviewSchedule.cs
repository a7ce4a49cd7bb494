using MediatR;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Application.Configs;

/// <summary>What a schedule would do, for showing it while it is typed.</summary>
/// <param name="Schedule" example="weekly Sunday 02:00">Five cron fields, <c>@daily</c> and the like, or plain words.</param>
/// <param name="TimeZone" example="Asia/Shanghai">An IANA name; UTC when left out.</param>
/// <param name="Windows" example="[]">Maintenance windows, in which nothing starts.</param>
/// <param name="After" example="null">The times after this one (UTC); after now when left out.</param>
/// <param name="Count" example="5">1 to 100; 5 when left out.</param>
public sealed record PreviewSchedule(string? Schedule, string? TimeZone = null, IReadOnlyList<WindowForm>? Windows = null, DateTimeOffset? After = null, int? Count = null)
    : IRequest<SchedulePreview>;

/// <param name="Cron" example="0 2 * * 0">The five fields that it means.</param>
/// <param name="TimeZone" example="Asia/Shanghai">The zone that it is in.</param>
/// <param name="Text">In plain words.</param>
/// <param name="NextRuns">The next starts, without jitter.</param>
public sealed record SchedulePreview(string Cron, string TimeZone, ScheduleWordsView Text, IReadOnlyList<NextRun> NextRuns);

public sealed class PreviewScheduleHandler(TimeProvider time) : IRequestHandler<PreviewSchedule, SchedulePreview>
{
    private const int MaxCount = 100;

    public Task<SchedulePreview> Handle(PreviewSchedule request, CancellationToken cancellationToken)
    {
        var zone = request.TimeZone ?? "UTC";
        var count = request.Count ?? 5;
        if (count is < 1 or > MaxCount) throw new Domain.InvalidValueException("VALUE_OUT_OF_RANGE", "count", $"count is {count}; it goes from 1 to {MaxCount}.");
        var schedule = new ConfigSchedule(Schedule.Parse(request.Schedule, zone), 0, [.. (request.Windows ?? []).Select(window => window.Read(zone))], runMissed: true, WhenBusy.Wait);
        var runs = new List<NextRun>();
        for (var next = schedule.NextAfter("", request.After ?? time.GetUtcNow()); next is not null && runs.Count < count; next = schedule.NextAfter("", next.At)) runs.Add(new NextRun(next.For, next.At));
        return Task.FromResult(new SchedulePreview(schedule.Schedule.Cron, schedule.Schedule.TimeZone, ScheduleWordsView.Of(schedule.Schedule), runs));
    }
}
