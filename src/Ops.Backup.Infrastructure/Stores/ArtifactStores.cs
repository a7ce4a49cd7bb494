using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Infrastructure.Stores.Oss;
using Ops.Backup.Infrastructure.Stores.Rclone;
using Ops.Backup.Infrastructure.Stores.S3;

namespace Ops.Backup.Infrastructure.Stores;

public sealed class ArtifactStores(IOptions<BackupOptions> options, IOptions<StoreOptions> patience, ISecrets secrets, TimeProvider time) : IArtifactStores
{
    // In the service's own temporary folder, which is emptied at every start.
    private static string SpoolFolder => Path.Combine(Path.GetTempPath(), "parts");

    public IArtifactStore Open(Store store)
    {
        var credentials = secrets.CredentialsOf(store);
        return store.Settings switch
        {
            // Every node has its own data folder; the row has that of the node that started last.
            LocalSettings when store is { IsConfigured: true, Name: Store.LocalName } => new FolderStore(options.Value.DataFolder),
            LocalSettings local => new FolderStore(local.Folder),
            OssSettings oss => new ObjectStore(new OssClient(oss, credentials, time, new OssClientOptions { IdleTimeout = patience.Value.Idle, Attempts = patience.Value.Attempts }), oss.Prefix, SpoolFolder),
            S3Settings s3 => new ObjectStore(new S3Client(s3, credentials, time, new S3Options { IdleTimeout = patience.Value.Idle, Attempts = patience.Value.Attempts }), s3.Prefix, SpoolFolder),
            RcloneSettings rclone => new RcloneStore(rclone, credentials, time, new RcloneOptions { IdleTimeout = patience.Value.Idle, Attempts = patience.Value.Attempts }),
            _ => throw new NotSupportedException($"There are no stores of kind {store.Kind}."),
        };
    }
}
