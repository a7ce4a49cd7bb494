using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Tries a failed or cancelled job again, as a new job that names the old one.</summary>
public sealed record RetryBackup(string Id) : IRequest<string>;

public sealed class RetryBackupHandler(ISources sources, IStores stores, IBackupJobs jobs, TimeProvider time) : IRequestHandler<RetryBackup, string>
{
    public async Task<string> Handle(RetryBackup request, CancellationToken cancellationToken)
    {
        var failed = await jobs.GetAsync(request.Id, cancellationToken);
        if (failed.Trigger is BackupTrigger.Reported) throw BackupJobErrors.ReportedRun(failed);
        var source = await sources.GetAsync(failed.SourceId ?? throw SourceErrors.NotFound(failed.Database), cancellationToken);
        var again = new List<Store>();
        foreach (var copy in failed.Copies) again.Add(await stores.GetAsync(copy.StoreId, cancellationToken));
        // A run from before there were stores went to the local one.
        if (again.Count == 0) again.Add(await stores.GetAsync(Store.LocalName, cancellationToken));
        var retry = failed.Retry(source, new Destination(again, failed.Recipients), time.GetUtcNow());
        await jobs.AddAsync(retry, cancellationToken);
        // It is tried again now; not once more by itself.
        await jobs.SaveIdleAsync(failed, failed.Status, cancellationToken);
        return retry.Id;
    }
}
