using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>
/// Ends the runs whose node died (FAILED, <c>ABANDONED</c>; tried again where their config says so), and cleans what they left on this node.
/// </summary>
/// <param name="Starting">True once at start: also the runs of this node's earlier life, whose lease may still last.</param>
public sealed record ReapAbandoned(bool Starting) : IRequest;

public sealed partial class ReapAbandonedHandler(
    IBackupJobs jobs, IBackupPipeline pipeline, IReportWriter reports, LeaseKeeper leases, TimeProvider time,
    ILogger<ReapAbandonedHandler> logger) : AsyncRequestHandler<ReapAbandoned>
{
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromMinutes(1);

    protected override async Task Handle(ReapAbandoned request, CancellationToken cancellationToken)
    {
        var reaped = new List<BackupJob>();
        foreach (var job in await jobs.FindAbandonedAsync(request.Starting, cancellationToken))
        {
            job.Fail(BackupJobErrors.Abandoned(job), time.GetUtcNow());
            if (!await jobs.SaveAbandonedAsync(job, cancellationToken)) continue;
            LogAbandoned(logger, job.Id, job.Node);
            reaped.Add(job);
        }
        // Last, because a store may let us wait. A disk is cleaned by its own node only: what was reaped now, or by others while this
        // node was down, is cleaned when it is back.
        foreach (var job in request.Starting ? await jobs.FindReapedOfThisNodeAsync(cancellationToken) : reaped) await CleanUpAsync(job, cancellationToken);
    }

    // A run that died between its report and its row did succeed: the report is the truth, and the ingester loads it.
    // One that is still at work here, having lost its lease while the database did not answer, cleans up after itself.
    private async Task CleanUpAsync(BackupJob job, CancellationToken cancellationToken)
    {
        if (leases.IsRunningHere(job.Id)) return;
        using var limit = new CancellationTokenSource(CleanUpLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (await pipeline.CleanUpAsync(job, either.Token)) reports.Write(job);
        }
        catch (Exception e) when (e is StoreException || (e is OperationCanceledException && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested))
        {
            // One store that does not answer must not keep the other jobs waiting; the next start tries again.
            LogNotCleaned(logger, e, job.Id);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What backup {JobId} left could not be cleaned up")]
    private static partial void LogNotCleaned(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Backup {JobId} was abandoned by node {Node}")]
    private static partial void LogAbandoned(ILogger logger, string jobId, string? node);
}
