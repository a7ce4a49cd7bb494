using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores;

public sealed class ArtifactStores(IOptions<BackupOptions> options) : IArtifactStores
{
    public IArtifactStore Open(Store store) => store.Settings switch
    {
        // Every node has its own data folder; the row has that of the node that started last.
        LocalSettings when store is { IsConfigured: true, Name: Store.LocalName } => new FolderStore(options.Value.DataFolder),
        LocalSettings local => new FolderStore(local.Folder),
        _ => throw new NotSupportedException($"A store of kind {store.Kind} can't be opened yet."),
    };
}
