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

/// <param name="Since">When it was asked for, started or ended, by its state. UTC.</param>
public sealed record JobLine(string Id, string Database, string Host, string Type, string Status, string? Phase, long? BytesSoFar, string? Node, string? ErrorMessage, DateTimeOffset Since);

/// <param name="Alive">It was heard of within the last 30 seconds.</param>
public sealed record NodeView(string Name, string Version, int MaxConcurrent, int Running, bool Alive, DateTimeOffset StartedAt, DateTimeOffset HeartbeatAt);
