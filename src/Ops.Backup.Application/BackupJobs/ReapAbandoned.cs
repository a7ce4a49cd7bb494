using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>
/// Ends the runs whose node died (FAILED, <c>ABANDONED</c>), cleans what they left on this node, and queues PENDING jobs
/// that nobody has queued because a node died between the row and the queue.
/// </summary>
/// <param name="Starting">True once at start: also the runs of this node's earlier life, whose lease may still last.</param>
public sealed record ReapAbandoned(bool Starting) : IRequest;

public sealed partial class ReapAbandonedHandler(
    IBackupJobs jobs, IJobQueue queue, IBackupPipeline pipeline, IReportWriter reports, INodeIdentity node, LeaseKeeper leases, TimeProvider time,
    ILogger<ReapAbandonedHandler> logger) : AsyncRequestHandler<ReapAbandoned>
{
    protected override async Task Handle(ReapAbandoned request, CancellationToken cancellationToken)
    {
        foreach (var job in await jobs.FindAbandonedAsync(request.Starting, cancellationToken))
        {
            job.Fail(new BackupFailure("ABANDONED", $"Node {job.Node} stopped while it ran the backup."), time.GetUtcNow());
            if (!await jobs.SaveAbandonedAsync(job, cancellationToken)) continue;
            LogAbandoned(logger, job.Id, job.Node);
            if (!request.Starting && string.Equals(job.Node, node.Name, StringComparison.Ordinal)) CleanUp(job);
        }
        // Files lie on the node that ran the job: what was reaped now, or by others while this node was down, is cleaned when it is back.
        if (request.Starting)
            foreach (var job in await jobs.FindReapedOfThisNodeAsync(cancellationToken)) CleanUp(job);
        foreach (var id in await jobs.FindPendingAsync(cancellationToken)) await queue.EnqueueAsync(id, TimeSpan.Zero, cancellationToken);
    }

    // A run that died between its report and its row did succeed: the report is the truth, and the ingester loads it.
    // One that is still at work here, having lost its lease while the database did not answer, cleans up after itself.
    private void CleanUp(BackupJob job)
    {
        if (!leases.IsRunningHere(job.Id) && pipeline.CleanUp(job)) reports.Write(job);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Backup {JobId} was abandoned by node {Node}")]
    private static partial void LogAbandoned(ILogger logger, string jobId, string? node);
}
