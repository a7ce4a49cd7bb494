using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Makes the next attempt of every failed job whose time for it has come.</summary>
public sealed record StartRetries : IRequest;

public sealed class StartRetriesHandler(IJobQueue queue) : AsyncRequestHandler<StartRetries>
{
    private const int Batch = 100;

    protected override async Task Handle(StartRetries request, CancellationToken cancellationToken)
    {
        while (await queue.StartRetriesAsync(Batch, Retry, cancellationToken) == Batch) { }
    }

    private static BackupJob? Retry(DueRetry due)
    {
        // Somebody was faster, its report told of a success after all, or what it needs was deleted: there is nothing to try again.
        if (due.Failed.Status is BackupStatus.Failed && !due.EqualUnfinished && due.Source is { } source && due.Stores.Count > 0)
            return due.Failed.Retry(source, new Destination(due.Stores, due.Failed.Recipients), due.Now);
        due.Failed.GiveUpRetry();
        return null;
    }
}
