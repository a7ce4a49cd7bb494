using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Tests.BackupJobs;

/// <summary>Jobs as tests need them.</summary>
internal static class A
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static Store Store(string name, StoreSettings settings) =>
        Domain.Stores.Store.Create(new StoreFacts(name, settings, [], BytesPerSecond: null, IsDefault: true), encryptedCredentials: null, isConfigured: false, Noon);

    /// <summary>A run that is under way, to the disk and two buckets.</summary>
    public static BackupJob RunningJob()
    {
        var source = DatabaseSource.Create("orders", new ConnectionFacts("db1", 5432, "orders", "backup"), null, Noon);
        var oss = new OssSettings("bucket", "oss-cn-hangzhou.aliyuncs.com");
        var destination = new Destination([Store("local", new LocalSettings("/data")), Store("oss", oss), Store("oss2", oss)], []);
        var job = BackupJob.Request(source, new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, false), destination, null, Noon);
        job.Start("node1", Noon);
        job.Plan(new ArtifactPlan("base", "/log", "/report"));
        return job;
    }

    /// <summary>One that ended with its copies in these stores failed.</summary>
    public static BackupJob JobWithout(params string[] failed)
    {
        var job = RunningJob();
        job.Complete(
            new Artifact([new ArtifactFile(FileRole.Dump, "base.dump", "/data/base.dump", 10, new string('a', 64))], "15", "15",
                [.. job.Copies.Select(copy => failed.Contains(copy.StoreName) ? StoredCopy.Failed(copy.StoreId, new BackupFailure("STORE_UNREACHABLE", "no answer")) : Good(copy))]),
            Noon);
        return job;
    }

    public static StoredCopy Good(BackupCopy copy) => new(copy.StoreId, "url", 10, null);
}
