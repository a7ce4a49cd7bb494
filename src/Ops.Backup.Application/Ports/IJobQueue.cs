namespace Ops.Backup.Application.Ports;

/// <summary>Hands jobs to whichever node has room, in the order in which they were asked for. Only ids travel.</summary>
public interface IJobQueue
{
    /// <summary>Does nothing when the job is queued already.</summary>
    Task EnqueueAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken);

    Task RemoveAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>What is to run at a later time.</summary>
    Task<IReadOnlyList<ScheduledJob>> ListAsync(CancellationToken cancellationToken);
}

/// <param name="Id" example="0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f">The backup's id.</param>
/// <param name="At" example="2026-11-21T04:00:00Z">When it is due, UTC.</param>
public sealed record ScheduledJob(string Id, DateTimeOffset At);
