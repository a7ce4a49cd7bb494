using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Verification;

namespace Ops.Backup.Application.Verification;

/// <summary>Reads a whole archive as a restore would. It follows every backup; one that fails it is not a SUCCESS any more.</summary>
public sealed record VerifyBackup(string JobId) : IRequest;

public sealed partial class VerifyBackupHandler(
    IBackupJobs jobs, IBackupPipeline pipeline, IReportWriter reports, INodeIdentity node, TimeProvider time, ILogger<VerifyBackupHandler> logger) : AsyncRequestHandler<VerifyBackup>
{
    protected override async Task Handle(VerifyBackup request, CancellationToken cancellationToken)
    {
        var job = await jobs.GetAsync(request.JobId, cancellationToken);
        if (job.Status is not BackupStatus.Success) return;
        var outcome = await pipeline.VerifyAsync(job, cancellationToken);
        if (!outcome.Passed && await WasDeletedAsync(job.Id, cancellationToken)) return;
        await jobs.AddVerificationAsync(
            BackupVerification.Of(job.Id, outcome, node.Name, time.GetUtcNow()), cancellationToken);
        if (outcome.Passed) return;
        LogCondemned(logger, job.Id, outcome.Result);
        job.Condemn(new BackupFailure("VERIFICATION_FAILED", outcome.Result), pipeline.Quarantine(job), time.GetUtcNow());
        // The bytes stay in the remote stores; the reports beside them say what they are worth.
        await reports.PutAsync(job, cancellationToken);
        job.Reported(reports.Write(job));
        await jobs.SaveIdleAsync(job, BackupStatus.Success, cancellationToken);
    }

    // Somebody may delete a backup while it is read.
    private async Task<bool> WasDeletedAsync(string jobId, CancellationToken cancellationToken)
    {
        try
        {
            return (await jobs.GetAsync(jobId, cancellationToken)).IsBeingDeleted;
        }
        catch (NotFoundException)
        {
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Backup {JobId} was stored but can't be read: {Reason}")]
    private static partial void LogCondemned(ILogger logger, string jobId, string reason);
}
