using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>A queued job is cancelled at once; the node that runs a running one stops it within seconds; a failed one is not tried again by itself.</summary>
public sealed record CancelBackup(string Id) : IRequest;

public sealed class CancelBackupHandler(IBackupJobs jobs, TimeProvider time) : AsyncRequestHandler<CancelBackup>
{
    protected override async Task Handle(CancelBackup request, CancellationToken cancellationToken)
    {
        if (await jobs.RequestCancelAsync(request.Id, cancellationToken)) return;
        var job = await jobs.GetAsync(request.Id, cancellationToken);
        if (job.Status is BackupStatus.Failed && job.GiveUpRetry())
        {
            await jobs.SaveIdleAsync(job, BackupStatus.Failed, cancellationToken);
            return;
        }
        job.Cancel(time.GetUtcNow());
        await jobs.SaveIdleAsync(job, BackupStatus.Pending, cancellationToken);
    }
}
