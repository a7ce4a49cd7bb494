using System.Net;
using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>A copy that failed is made up for from a good one: by hand, by itself, and by one node alone.</summary>
[Collection(Servers.Faults)]
public sealed class RepairTests(OssBackups backups) : IClassFixture<OssBackups>, IDisposable
{
    public void Dispose() => backups.Heal();

    [Fact]
    public async Task A_failed_copy_is_repaired_by_itself_when_its_time_has_come()
    {
        backups.Oss.Fail(OssOperation.PutObject, OssFault.Denied, OssBackups.ForEver);
        var failed = await backups.MissOssAsync("STORE_ACCESS_DENIED", "chinook");
        failed.Copy("oss").Attempts.ShouldBe(1);
        backups.Heal();

        await ComeTimeAsync(failed);

        var repaired = await backups.RepairedAsync(failed);
        await backups.ShouldBeWholeAsync(repaired, "oss");
        repaired.Copy("oss").Attempts.ShouldBe(0);
    }

    [Fact]
    public async Task A_repair_that_fails_again_is_counted_and_loses_nothing()
    {
        backups.Oss.Fail(OssOperation.PutObject, OssFault.Denied, OssBackups.ForEver);
        var failed = await backups.MissOssAsync("STORE_ACCESS_DENIED", "chinook");

        (await backups.AskForRepairAsync(failed, "oss")).Status.ShouldBe(HttpStatusCode.Accepted);

        var again = await Poll.Until("the repair has failed", () => backups.Api.GetAsync(failed.Id), seen => seen.Copy("oss").Attempts == 2, OssBackups.Patience);
        again.ShouldHaveFailed("COPY_FAILED");
        await backups.ShouldBeWholeAsync(again, "local");
    }

    [Fact]
    public async Task Only_a_failed_copy_is_repaired()
    {
        var good = await backups.Api.SucceedAsync(new { source = "chinook" });

        var busy = await backups.AskForRepairAsync(good, "oss");
        (busy.Status, busy.Code).ShouldBe((HttpStatusCode.Conflict, "COPY_BUSY"));
        var unknown = await backups.AskForRepairAsync(good, "nowhere");
        (unknown.Status, unknown.Code).ShouldBe((HttpStatusCode.NotFound, "COPY_NOT_FOUND"));
    }

    [Fact]
    public async Task A_lost_local_copy_is_brought_back_from_the_remote_one()
    {
        // The disk's folder is in the way of itself: a file lies where the folder should be.
        using var folder = new TempFolder("second");
        await File.WriteAllTextAsync(folder.File("disk"), "not a folder");
        (await backups.Api.AddStoreAsync(new { name = "second", kind = "local", settings = new { folder = folder.File("disk") } })).Status.ShouldBe(HttpStatusCode.Created);
        var failed = await backups.Api.FailAsync(new { source = "chinook", stores = new[] { "second", "oss" } }, "COPY_FAILED");
        failed.Copy("oss").Status.ShouldBe("completed");
        File.Delete(folder.File("disk"));

        var repaired = await backups.RepairAsync(failed, "second");

        await backups.ShouldBeWholeAsync(repaired, "second");
        ServiceSetup.NamesIn(folder.File("disk")).ShouldBe([.. failed.Files.Select(file => file.Name), failed.BaseName + ".json"], ignoreOrder: true);
    }

    [Fact]
    public async Task Of_two_nodes_one_repairs()
    {
        (await backups.Api.AddStoreAsync(StoreRequests.Oss(backups.Oss, "second-bucket", isDefault: false))).Status.ShouldBe(HttpStatusCode.Created);
        using var setup = new ServiceSetup(backups.Setup.Settings["ConnectionStrings__OpsBackup"])
            .With("Service__NodeName", "another").With("Service__KeyFolder", Path.Combine(backups.Setup.ServiceFolder, "keys"));
        await using var another = await RunningService.StartAsync(setup);
        backups.Oss.Fail(OssOperation.CompleteMultipartUpload, OssFault.Denied);
        var failed = await backups.Api.FailAsync(new { source = "big", compression = "none", stores = new[] { "oss", "second-bucket" } }, "COPY_FAILED");
        var missing = failed.Copies.Single(copy => copy.Status == "failed").Store;
        var before = backups.Oss.Requests.Count;
        // Slow enough for the other node to come by in the meantime.
        backups.Oss.BytesPerSecond = 16 * 1024 * 1024;

        await ComeTimeAsync(failed);
        await Poll.Until("it is repaired", () => another.Api.GetAsync(failed.Id), seen => seen.Status == "SUCCESS", OssBackups.Patience);

        backups.Oss.Requests.Skip(before).Count(request => request.Bucket == missing && request.Operation == OssOperation.InitiateMultipartUpload).ShouldBe(1);
    }

    private Task ComeTimeAsync(BackupView backup) => backups.ExecuteAsync($"UPDATE backup_copy SET next_try_at = now() WHERE job_id = '{backup.Id}' AND status = 'failed'");
}
