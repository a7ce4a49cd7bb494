using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Files first, then the row is marked: a row without a file is visible, a file without a row is not.</summary>
public sealed record DeleteBackup(string Id) : IRequest;

public sealed class DeleteBackupHandler(IBackupJobs jobs, IArtifactFiles files, TimeProvider time) : AsyncRequestHandler<DeleteBackup>
{
    protected override async Task Handle(DeleteBackup request, CancellationToken cancellationToken)
    {
        var job = await jobs.GetAsync(request.Id, cancellationToken);
        job.MarkDeleted(time.GetUtcNow());
        await files.DeleteAsync(job, cancellationToken);
        await jobs.SaveIdleAsync(job, job.Status, cancellationToken);
    }
}
