using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Verification;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Runs a job that this node has claimed, to the first verification.</summary>
public sealed record RunBackup(string JobId) : IRequest;

public sealed partial class RunBackupHandler(
    IBackupJobs jobs, ISources sources, IBackupPipeline pipeline, IReportWriter reports, LeaseKeeper leases, IMediator mediator,
    TimeProvider time, ILogger<RunBackupHandler> logger) : AsyncRequestHandler<RunBackup>
{
    protected override async Task Handle(RunBackup request, CancellationToken cancellationToken) =>
        await RunAsync(await jobs.GetAsync(request.JobId, cancellationToken), cancellationToken);

    private async Task RunAsync(BackupJob job, CancellationToken cancellationToken)
    {
        var progress = new BackupProgress();
        await using var lease = leases.Keep(job, progress, cancellationToken);
        try
        {
            var source = await sources.GetAsync(job.SourceId!, lease.Token);
            job.Plan(pipeline.Plan(job, source));
            await jobs.SaveOwnAsync(job, lease.Token);
            var artifact = await pipeline.RunAsync(job, source, progress, lease.Token);
            // Who was told that the backup would be cancelled must not find it a success.
            await lease.HearAsync();
            if (lease.End is LeaseEnd.CancelRequested)
            {
                await TakeBackAsync(job);
                job.Cancel(time.GetUtcNow());
            }
            else job.Complete(artifact, time.GetUtcNow());
        }
        catch (OperationCanceledException) when (lease.Token.IsCancellationRequested)
        {
            End(job, lease);
        }
        catch (Exception e)
        {
            job.Fail(FailureOf(e), time.GetUtcNow());
            LogFailed(logger, e, job.Id);
        }
        // Lost to the reaper, which has named the end; but what is whole by now is whole: its report will say so and be loaded.
        if (lease.End is LeaseEnd.Lost && !job.HasArtifact) return;
        if (!await FinishAsync(job, lease) || job.Status is not BackupStatus.Success) return;
        // A stop may interrupt it; the sweep at the next start makes up for it.
        await mediator.Send(new VerifyBackup(job.Id), cancellationToken);
    }

    // The report is the truth, so it comes first. Should the database not answer, the ingester loads the report later.
    private async Task<bool> FinishAsync(BackupJob job, KeptLease lease)
    {
        try
        {
            await PutReportsAsync(job);
            job.Reported(reports.Write(job));
        }
        catch (IOException e)
        {
            LogFailed(logger, e, job.Id);
            if (job.Status is BackupStatus.Success)
            {
                // Without its report a backup is not complete: what was made is taken back.
                await TakeBackAsync(job);
                job.Condemn(new BackupFailure("REPORT_UNWRITABLE", $"The report could not be written: {e.Message}"), [], time.GetUtcNow());
            }
        }
        return await lease.SaveLastAsync(job);
    }

    // Each copy has its report beside it. A store that takes the dump but not the report has no whole copy, and the others' reports say so.
    private async Task PutReportsAsync(BackupJob job)
    {
        if (!job.HasArtifact) return;
        var refused = await reports.PutAsync(job, CancellationToken.None);
        if (refused.Count == 0) return;
        job.Settle(refused, time.GetUtcNow());
        await reports.PutAsync(job, CancellationToken.None);
    }

    private async Task TakeBackAsync(BackupJob job)
    {
        try
        {
            await pipeline.TakeBackAsync(job, CancellationToken.None);
        }
        catch (StoreException e)
        {
            // It changes nothing about how the run ended.
            LogNotTakenBack(logger, e, job.Id);
        }
    }

    private void End(BackupJob job, KeptLease lease)
    {
        var now = time.GetUtcNow();
        switch (lease.End)
        {
            case LeaseEnd.CancelRequested: job.Cancel(now); break;
            case LeaseEnd.Stopping: job.Fail(new BackupFailure(BackupJobErrors.ServiceStoppedCode, "The service was stopped while the backup ran; it is run again."), now); break;
            case LeaseEnd.TimedOut: job.Fail(new BackupFailure("TIME_LIMIT", $"The backup took longer than the limit of {lease.TimeLimit.TotalSeconds:0} s and was stopped in the phase {Words.Of(lease.Progress.Phase)}."), now); break;
            default: break; // Lost: the reaper has named it already.
        }
    }

    private static BackupFailure FailureOf(Exception e) => e switch
    {
        BackupFailedException failed => failed.Failure,
        DomainException refused => new BackupFailure(refused.Code, refused.Message),
        SecretUnreadableException unreadable => new BackupFailure("SECRET_UNREADABLE", unreadable.Message),
        _ => new BackupFailure("INTERNAL_ERROR", $"An unexpected {e.GetType().Name}; the service's log tells more."),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Backup {JobId} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A store did not give back what backup {JobId} had put there")]
    private static partial void LogNotTakenBack(ILogger logger, Exception exception, string jobId);
}
