using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

/// <summary>What the copies of a backup say of the backup.</summary>
public sealed class CopyTests
{
    private const string Key1 = "age1f7vcv0ju066r20z0gn0u0u9aadta3xjd37v0slfzvq3jrknlcdnslxskrw";

    private static readonly OssSettings Oss = new("bucket", "oss-cn-hangzhou.aliyuncs.com");

    [Fact]
    public void A_backup_is_a_success_when_every_store_has_it()
    {
        var job = Ran();
        job.Status.ShouldBe(BackupStatus.Success);
        job.Mode.ShouldBe(BackupMode.Both);
        job.LocalFile.ShouldBe("/data/orders.dump");
        job.RemoteUrls.ShouldBe(["oss://b/orders.dump"]);
    }

    [Fact]
    public void A_copy_that_failed_fails_the_backup_and_the_good_one_stays()
    {
        var job = Ran("oss");
        job.Status.ShouldBe(BackupStatus.Failed);
        job.Error.ShouldBe("COPY_FAILED: 1 of 2 copies are missing. oss: STORE_UNREACHABLE: no answer");
        job.HasArtifact.ShouldBeTrue();
        job.LocalFile.ShouldBe("/data/orders.dump");
        job.RemoteUrls.ShouldBeEmpty();
        job.Copy("oss").NextTryAt.ShouldBe(A.Noon.AddMinutes(2), "the first repair begins a minute later");
        job.Copy("local").Status.ShouldBe(CopyStatus.Completed);
    }

    [Fact]
    public void A_repair_makes_it_a_success()
    {
        var job = Ran("oss");
        job.Settle([new StoredCopy(job.Copy("oss").StoreId, "oss://b/k", 1000, "crc64:1")], A.Noon.AddHours(1));
        job.Status.ShouldBe(BackupStatus.Success);
        job.Error.ShouldBeNull();
        job.RemoteUrls.ShouldBe(["oss://b/k"]);
        job.Copy("oss").NextTryAt.ShouldBeNull();
    }

    [Fact]
    public void Tries_that_fail_come_less_often_and_end()
    {
        var job = Ran("oss");
        var pauses = new List<TimeSpan?>();
        for (var now = A.Noon; job.Copy("oss").NextTryAt is { } next; now = next)
        {
            job.Settle([StoredCopy.Failed(job.Copy("oss").StoreId, new BackupFailure("X", "y"))], now);
            pauses.Add(job.Copy("oss").NextTryAt - now);
        }
        pauses[..^1].ShouldBe(pauses[..^1].Order());
        pauses[^1].ShouldBeNull();
        pauses.Count.ShouldBe(10);
    }

    [Fact]
    public void A_copy_that_is_gone_later_fails_the_backup_again()
    {
        var job = Ran();
        job.Settle([StoredCopy.Failed(job.Copy("oss").StoreId, new BackupFailure("STORE_OBJECT_MISSING", "gone"))], A.Noon.AddDays(1));
        job.Status.ShouldBe(BackupStatus.Failed);
        job.HasArtifact.ShouldBeTrue();
    }

    [Fact]
    public void A_condemned_backup_is_not_made_good_by_its_copies()
    {
        var job = Ran();
        job.Condemn(new BackupFailure("VERIFICATION_FAILED", "cut"), [], A.Noon);
        job.Settle([.. job.Copies.Select(copy => new StoredCopy(copy.StoreId, "u", 1, null))], A.Noon);
        job.Status.ShouldBe(BackupStatus.Failed);
    }

    [Fact]
    public void A_run_that_made_nothing_leaves_no_copy_to_repair()
    {
        var job = A.RunningJob();
        job.Plan(new ArtifactPlan("b", "/l", "/r"));
        job.Fail(new BackupFailure("DUMP_FAILED", "no"), A.Noon);
        job.Copies.ShouldAllBe(copy => copy.Status == CopyStatus.Failed && copy.NextTryAt == null);
        job.HasArtifact.ShouldBeFalse();
    }

    [Fact]
    public void One_store_that_asks_for_encryption_has_all_copies_encrypted()
    {
        new Destination([A.Store("local"), A.Store("oss", Oss, Key1)], []).Recipients.ShouldBe([Key1]);
        new Destination([A.Store("local")], [Key1, Key1]).Recipients.ShouldBe([Key1]);
        A.To(A.Store("local")).Recipients.ShouldBeEmpty();
    }

    [Fact]
    public void A_destination_needs_a_store() => Should.Throw<InvalidValueException>(() => A.To()).Code.ShouldBe("STORES_MISSING");

    private static BackupJob Ran(params string[] failed)
    {
        var job = BackupJob.Request(A.Source(), A.Spec(), A.To(A.Store("local"), A.Store("oss", Oss)), null, A.Noon);
        job.Start("node1", A.Noon);
        job.Plan(new ArtifactPlan("b", "/l", "/r"));
        job.Complete(A.Artifact(job, failed), A.Noon.AddMinutes(1));
        return job;
    }
}
