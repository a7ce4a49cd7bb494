using System.Runtime.CompilerServices;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>The stores of a job's copies, as far as this node reaches them: a disk is reached from its own node only.</summary>
internal sealed class JobStores(IStores stores, IArtifactStores artifactStores, INodeIdentity node)
{
    public bool Reaches(BackupCopy copy) => copy.Kind is not StoreKind.Local || copy.Node is null || string.Equals(copy.Node, node.Name, StringComparison.Ordinal);

    /// <summary>The store has files of these names that this job did not put there: another service may write to the same folder.</summary>
    public static bool IsTaken(BackupCopy copy) => copy.Error?.StartsWith(StoreCodes.Exists + ":", StringComparison.Ordinal) == true;

    public bool IsOfThisNode(BackupJob job) => string.Equals(job.Node, node.Name, StringComparison.Ordinal);

    public async Task<OpenStore> OpenAsync(BackupCopy copy, CancellationToken cancellationToken)
    {
        var store = await stores.GetAsync(copy.StoreId, cancellationToken);
        return new OpenStore(store, artifactStores.Open(store));
    }

    /// <summary>Every store of the job that this node reaches; the taker disposes it.</summary>
    public async IAsyncEnumerable<OpenStore> OpenAsync(BackupJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var copy in job.Copies.Where(Reaches)) yield return await OpenAsync(copy, cancellationToken);
    }

    /// <summary>Good copies that can be read here, the nearest first.</summary>
    public IEnumerable<BackupCopy> Readable(BackupJob job) =>
        job.Copies.Where(copy => copy.Status is CopyStatus.Completed && Reaches(copy)).OrderBy(copy => copy.Kind is not StoreKind.Local);
}
