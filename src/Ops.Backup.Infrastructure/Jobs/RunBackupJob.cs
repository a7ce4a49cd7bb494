using MediatR;
using Ops.Backup.Application.BackupJobs;
using Quartz;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>The engine's side of a backup: only the id travels, the use case does the rest.</summary>
internal sealed class RunBackupJob(IMediator mediator) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await mediator.Send(new RunBackup(context.JobDetail.Key.Name), cancellationToken);
}
