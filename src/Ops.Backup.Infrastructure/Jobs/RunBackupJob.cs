using MediatR;
using Ops.Backup.Application.BackupJobs;
using Quartz;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>The engine's side of a backup: only the id travels, the use case does the rest.</summary>
internal sealed class RunBackupJob(IMediator mediator) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await mediator.Send(new RunBackup(context.JobDetail.Key.Name), cancellationToken);
        // Between backups the service needs little, and the machine is the databases'. Left to itself the collector keeps what a
        // backup's connections and buffers were, and the next backup comes on top.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
