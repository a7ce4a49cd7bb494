using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>Compares what lies in a store with what the table knows, and corrects the table. In the store nothing is changed.</summary>
public sealed record ScanStore(string Id) : IRequest<StoreScanResult>;

public sealed class ScanStoreHandler(
    IStores stores, IArtifactStores artifactStores, IStoreScans scans, IReportedRuns runs, IBackupJobs jobs, INodeIdentity node, TimeProvider time)
    : IRequestHandler<ScanStore, StoreScanResult>
{
    public async Task<StoreScanResult> Handle(ScanStore request, CancellationToken cancellationToken)
    {
        var store = await stores.GetAsync(request.Id, cancellationToken);
        await using var turn = await scans.TryBeginAsync(store.Id, cancellationToken) ?? throw StoreErrors.ScanRunning(store);
        using var files = artifactStores.Open(store);
        var contents = await StoreContents.ListAsync(files, cancellationToken);
        var reports = new StoredReports(files, runs, scans, time);
        await reports.LoadAsync(contents, cancellationToken);
        // Rows first: the copies of what was loaded just now are established as well.
        var copies = new CopyComparison(store, files, jobs, node, time);
        await copies.RunAsync(contents, cancellationToken);
        var strays = contents.Strays();
        var unfinished = await contents.UnfinishedAsync(files, time.GetUtcNow(), cancellationToken);
        return new StoreScanResult(
            contents.Count, contents.Bytes, reports.Loaded, reports.Unreadable.Items, reports.Unreadable.Count, copies.Whole, copies.Found, copies.Confirmed,
            copies.Lost.Items, copies.Lost.Count, strays.Items, strays.Count, unfinished.Items, unfinished.Count);
    }
}
