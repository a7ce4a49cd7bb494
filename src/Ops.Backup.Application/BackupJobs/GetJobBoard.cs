using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>What the job engine does now.</summary>
public sealed record GetJobBoard : IRequest<JobBoard>;

public sealed class GetJobBoardHandler(IJobBoard board, IJobQueue queue, TimeProvider time) : IRequestHandler<GetJobBoard, JobBoard>
{
    public async Task<JobBoard> Handle(GetJobBoard request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var scheduled = (await queue.ListAsync(cancellationToken)).Where(job => job.At > now).ToList();
        return await board.ReadAsync(cancellationToken) with { Scheduled = scheduled };
    }
}

/// <summary>Queued in the order in which they will run, oldest first; failed are the newest 50.</summary>
public sealed record JobBoard
{
    public required IReadOnlyList<JobLine> Queued { get; init; }

    public required IReadOnlyList<JobLine> Running { get; init; }

    /// <summary>What is due at a later time.</summary>
    public IReadOnlyList<ScheduledJob> Scheduled { get; init; } = [];

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

/// <param name="Name" example="db1">Unique among the nodes.</param>
/// <param name="Version" example="0.1.0">The service's version.</param>
/// <param name="MaxConcurrent" example="2">Dumps that it runs at once.</param>
/// <param name="Running" example="1">Dumps that it runs now.</param>
/// <param name="Alive" example="true">It was heard of within the last 30 seconds.</param>
/// <param name="StartedAt" example="2026-11-21T02:55:00Z">UTC.</param>
/// <param name="HeartbeatAt" example="2026-11-21T03:00:01Z">UTC.</param>
public sealed record NodeView(string Name, string Version, int MaxConcurrent, int Running, bool Alive, DateTimeOffset StartedAt, DateTimeOffset HeartbeatAt);
