using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Verification;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Asks for the repair of one copy now, whatever the pause that the failed tries have earned it.</summary>
public sealed record RequestRepair(string Id, string Store) : IRequest;

public sealed class RequestRepairHandler(IBackupJobs jobs) : AsyncRequestHandler<RequestRepair>
{
    protected override async Task Handle(RequestRepair request, CancellationToken cancellationToken)
    {
        var job = await jobs.GetAsync(request.Id, cancellationToken);
        var copy = job.Copy(request.Store);
        if (!job.Copies.Any(good => good.Status is CopyStatus.Completed)) throw BackupJobErrors.NoGoodCopy(job);
        if (!await jobs.RequestRepairAsync(new CopyKey(job.Id, copy.StoreId), cancellationToken)) throw BackupJobErrors.CopyBusy(job, copy);
    }
}

/// <summary>Repairs every copy whose time has come and which this node can reach, one after another.</summary>
public sealed record RepairCopies : IRequest;

public sealed partial class RepairCopiesHandler(IBackupJobs jobs, IBackupPipeline pipeline, IReportWriter reports, IMediator mediator, TimeProvider time, ILogger<RepairCopiesHandler> logger)
    : AsyncRequestHandler<RepairCopies>
{
    private static readonly TimeSpan Beat = Lease.Duration / 3;

    protected override async Task Handle(RepairCopies request, CancellationToken cancellationToken)
    {
        while (await jobs.ClaimRepairAsync(cancellationToken) is { } key) await RepairAsync(key, cancellationToken);
    }

    private async Task RepairAsync(CopyKey key, CancellationToken cancellationToken)
    {
        var job = await jobs.GetAsync(key.JobId, cancellationToken);
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var done = new CancellationTokenSource();
        var keeping = KeepAsync(key, lost, done.Token);
        StoredCopy outcome;
        try
        {
            outcome = await pipeline.RepairAsync(job, job.Copy(key.StoreId), lost.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another node has it now.
            return;
        }
        finally
        {
            await done.CancelAsync();
            await keeping;
        }
        if (outcome.Failure is { } failure) LogNotRepaired(logger, key.JobId, key.StoreId, failure);
        else LogRepaired(logger, key.JobId, key.StoreId);
        await SettleAsync(key.JobId, [outcome], cancellationToken);
    }

    private async Task SettleAsync(string jobId, IReadOnlyList<StoredCopy> outcomes, CancellationToken cancellationToken)
    {
        var job = await jobs.SettleAsync(jobId, outcomes, time.GetUtcNow(), cancellationToken);
        // Another copy of it may be repaired at the same moment: whoever writes reports last must have seen the last state.
        for (BackupJob? reported = null; reported is null || !SaysTheSame(reported, job); job = await jobs.GetAsync(jobId, cancellationToken))
        {
            var refused = await reports.PutAsync(job, cancellationToken);
            if (refused.Count > 0) job = await jobs.SettleAsync(jobId, refused, time.GetUtcNow(), cancellationToken);
            reports.Write(job);
            reported = job;
        }
        if (job.Status is BackupStatus.Success) await mediator.Send(new VerifyBackup(jobId), cancellationToken);
    }

    private static bool SaysTheSame(BackupJob reported, BackupJob now) =>
        (reported.Status, reported.Error) == (now.Status, now.Error)
        && reported.Copies.Select(copy => (copy.StoreId, copy.Status)).ToHashSet().SetEquals(now.Copies.Select(copy => (copy.StoreId, copy.Status)));

    private async Task KeepAsync(CopyKey key, CancellationTokenSource lost, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(Beat, time, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested) return;
            try
            {
                if (await jobs.KeepRepairAsync(key, done)) continue;
                await lost.CancelAsync();
                return;
            }
            catch (Exception e) when (!done.IsCancellationRequested)
            {
                // Another node may claim it when this lasts; it then writes the same bytes.
                LogNotKept(logger, e, key.JobId);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The copy of backup {JobId} in store {Store} is repaired")]
    private static partial void LogRepaired(ILogger logger, string jobId, string store);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The copy of backup {JobId} in store {Store} could not be repaired: {Failure}")]
    private static partial void LogNotRepaired(ILogger logger, string jobId, string store, BackupFailure failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The claim on a repair of backup {JobId} could not be renewed")]
    private static partial void LogNotKept(ILogger logger, Exception exception, string jobId);
}
