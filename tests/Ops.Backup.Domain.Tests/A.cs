using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.Tests;

/// <summary>Things as tests need them, valid in all that is not said.</summary>
internal static class A
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static DatabaseSource Source(string name = "orders", string host = "db1", int port = 5432, string database = "orders", string user = "backup") =>
        DatabaseSource.Create(name, new ConnectionFacts(host, port, database, user), encryptedPassword: null, Noon);

    public static BackupSpec Spec(BackupType type = BackupType.Full, BackupFormat format = BackupFormat.Custom, int jobs = 1) =>
        new(type, format, jobs, Compression.Default, includeGlobals: true);

    public static BackupJob PendingJob() => BackupJob.Request(Source(), Spec(), To(Store("local")), "by hand", Noon);

    public static BackupJob RunningJob()
    {
        var job = PendingJob();
        job.Start("node1", Noon.AddSeconds(5));
        return job;
    }

    public static BackupJob JobThat(BackupStatus status)
    {
        var job = status is BackupStatus.Pending ? PendingJob() : RunningJob();
        switch (status)
        {
            case BackupStatus.Success: job.Complete(Artifact(job), Noon.AddSeconds(10)); break;
            case BackupStatus.Failed: job.Fail(new BackupFailure("DISK_FULL", "no room"), Noon.AddSeconds(10)); break;
            case BackupStatus.Canceled: job.Cancel(Noon.AddSeconds(10)); break;
            default: break;
        }
        return job;
    }

    public static Store Store(string name, StoreSettings? settings = null, params string[] recipients) => Domain.Stores.Store.Create(
        new StoreFacts(name, settings ?? new LocalSettings("/data"), recipients, BytesPerSecond: null, IsDefault: true), encryptedCredentials: null, isConfigured: false, Noon);

    public static Destination To(params Store[] stores) => new(stores, []);

    /// <summary>What a run of the job made, whole in every store but those that are said to have failed.</summary>
    public static Artifact Artifact(BackupJob job, params string[] failed) => new(
        [new ArtifactFile(FileRole.Dump, "orders.dump", "/data/orders.dump", 1000, new string('a', 64))], "15.18", "15.18",
        [.. job.Copies.Select(copy => failed.Contains(copy.StoreName)
            ? StoredCopy.Failed(copy.StoreId, new BackupFailure("STORE_UNREACHABLE", "no answer"))
            : new StoredCopy(copy.StoreId, copy.Kind is StoreKind.Local ? "/data/orders.dump" : "oss://b/orders.dump", 1000, null))]);
}
