using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>What the job engine does now.</summary>
public sealed record GetJobBoard : IRequest<JobBoard>;

public sealed class GetJobBoardHandler(IJobBoard board) : IRequestHandler<GetJobBoard, JobBoard>
{
    public Task<JobBoard> Handle(GetJobBoard request, CancellationToken cancellationToken) => board.ReadAsync(cancellationToken);
}

/// <summary>Queued in the order in which they will run, oldest first; failed are the newest 50.</summary>
public sealed record JobBoard
{
    public required IReadOnlyList<JobLine> Queued { get; init; }

    public required IReadOnlyList<JobLine> Running { get; init; }

    /// <summary>The next starts of configs, and the retries that are to come; the soonest 50.</summary>
    public required IReadOnlyList<ScheduledStart> Scheduled { get; init; }

    public required IReadOnlyList<JobLine> Failed { get; init; }

    public required IReadOnlyList<NodeView> Nodes { get; init; }
}

/// <param name="Id" example="0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f">The backup's id.</param>
/// <param name="Database" example="chinook">Its name.</param>
/// <param name="Host" example="127.0.0.1">The database's host.</param>
/// <param name="Type" example="full">full, schema_only or data_only.</param>
/// <param name="Status" example="RUNNING">PENDING, RUNNING or FAILED.</param>
/// <param name="Phase" example="dumping">How far a running one is.</param>
/// <param name="BytesSoFar" example="131072">Bytes of the artifact written so far.</param>
/// <param name="Node" example="db1">Where it runs or ran.</param>
/// <param name="ErrorMessage" example="null"><c>CODE: text</c> when it failed.</param>
/// <param name="Since" example="2026-11-21T03:00:00Z">When it was asked for, started or ended, by its state. UTC.</param>
public sealed record JobLine(string Id, string Database, string Host, string Type, string Status, string? Phase, long? BytesSoFar, string? Node, string? ErrorMessage, DateTimeOffset Since);

/// <param name="ConfigId" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2b00">The config; null for the retry of a backup that has none.</param>
/// <param name="Name" example="nightly">The config's name, or the database's.</param>
/// <param name="RetryOf" example="null">The failed backup that is tried again; null for a scheduled start.</param>
/// <param name="At" example="2026-11-22T02:00:00Z">UTC.</param>
public sealed record ScheduledStart(string? ConfigId, string Name, string? RetryOf, DateTimeOffset At);

/// <param name="Name" example="db1">Unique among the nodes.</param>
/// <param name="Role" example="both">api, worker or both.</param>
/// <param name="Labels" example="[&quot;shanghai&quot;]">What configs may ask for.</param>
/// <param name="Version" example="0.1.0">The service's version.</param>
/// <param name="MaxConcurrent" example="2">Dumps that it runs at once.</param>
/// <param name="Running" example="1">Dumps that it runs now.</param>
/// <param name="Stopping" example="false">It takes no more jobs.</param>
/// <param name="ClockOffsetMilliseconds" example="3">By how much its clock is ahead of the database's, which all nodes go by.</param>
/// <param name="Alive" example="true">It was heard of within the last 30 seconds.</param>
/// <param name="StartedAt" example="2026-11-21T02:55:00Z">UTC.</param>
/// <param name="HeartbeatAt" example="2026-11-21T03:00:01Z">UTC.</param>
public sealed record NodeView(
    string Name, string Role, IReadOnlyList<string> Labels, string Version, int MaxConcurrent, int Running, bool Stopping, long ClockOffsetMilliseconds, bool Alive,
    DateTimeOffset StartedAt, DateTimeOffset HeartbeatAt);
