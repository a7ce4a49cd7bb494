using System.Globalization;
using System.Net;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>The machine itself is what fails: its disk, its programs, its memory.</summary>
[Collection(Servers.Faults)]
public sealed class NodeTroubleTests(SourceServer server)
{
    [Fact]
    public async Task A_full_disk_fails_the_copy_on_it_and_not_the_one_in_the_store_from_which_it_is_repaired()
    {
        await using var backups = await OssBackups.StartAsync(server, diskMegabytes: 8);
        var failed = await backups.Api.EndOfAsync((await backups.BackUpAsync()).Id);
        failed.ShouldHaveFailed("COPY_FAILED");
        (failed.Copy("local").ErrorCode, failed.Copy("oss").Status).ShouldBe(("DISK_FULL", "completed"));
        await backups.ShouldBeWholeAsync(failed, "oss");
        ServiceSetup.NamesIn(backups.DiskOfService).ShouldBeEmpty();

        await backups.EnlargeDiskAsync();
        var repaired = await backups.RepairAsync(failed, "local");

        await backups.ShouldBeWholeAsync(repaired, "local");
        backups.ShouldHaveLeftNothingHalf();
    }

    [Fact]
    public async Task Where_rclone_is_not_installed_its_copy_fails_and_says_so()
    {
        using var programs = new TempFolder("programs");
        foreach (var name in new[] { "zstd", "gzip", "tar", "age", "cat", "sh", "bash", "env" }) File.CreateSymbolicLink(programs.File(name), $"/usr/bin/{name}");
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync()).With("PATH", programs.Path);
        await using var dav = await RcloneServer.StartAsync("webdav");
        await using var service = await RunningService.StartAsync(setup);
        (await service.Api.AddStoreAsync(await StoreRequests.RcloneAsync(dav))).Status.ShouldBe(HttpStatusCode.Created);
        await service.Api.AddSourceAsync(server.AsSource("chinook", await server.ChinookAsync()));

        var failed = await service.Api.FailAsync(new { source = "chinook" }, "COPY_FAILED");

        (failed.Copy("local").Status, failed.Copy("dav").ErrorCode).ShouldBe(("completed", "STORE_TOOL_MISSING"));
        File.Exists(failed.LocalFile).ShouldBeTrue();
    }

    [Fact]
    public async Task A_store_that_stalls_slows_the_dump_and_does_not_fill_the_memory()
    {
        const int mebibyte = 1024 * 1024;
        await using var backups = await OssBackups.StartAsync(server, idleSeconds: 60);
        // 480 MB in the dump; repeated text takes little room in the server.
        var database = await server.Cluster.CreateDatabaseAsync("wide");
        await PostgresCluster.ExecuteAsync(database, "CREATE TABLE wide AS SELECT repeat(md5(i::text), 100) AS text FROM generate_series(1, 150000) i");
        await backups.Api.AddSourceAsync(server.AsSource("wide", "wide"));
        var start = KilobytesOf(backups.Service, "VmRSS");
        backups.Oss.BytesPerSecond = 8 * mebibyte;

        var running = await backups.Api.BackUpAsync(new { source = "wide", format = "plain", compression = "none", includeGlobals = false });
        await Poll.Until("a part of it has come, and then no more", () => backups.Oss.Requests.Sum(request => request.BytesIn) > 40 * mebibyte, OssBackups.Patience);
        backups.Oss.BytesPerSecond = 64 * 1024;
        await StandsStillAsync(backups.Setup);
        var peak = KilobytesOf(backups.Service, "VmHWM");
        (await backups.Api.GetAsync(running.Id)).Status.ShouldBe("RUNNING");
        (await backups.Api.CancelAsync(running.Id)).Status.ShouldBe(HttpStatusCode.Accepted);
        var canceled = await backups.Api.EndOfAsync(running.Id);

        (peak - start).ShouldBeLessThan(128 * 1024);
        canceled.ShouldHaveLeftNothingIn(backups.Setup);
        backups.Heal();
        await Poll.Until("nothing is left in the store", () => backups.Oss.UnfinishedUploads.Count == 0, OssBackups.Patience);
    }

    // The copy on the disk grows until every buffer on the way to the store is full.
    private static Task StandsStillAsync(ServiceSetup setup)
    {
        var before = -1L;
        return Poll.Until("the dump is held up", async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            var now = new DirectoryInfo(setup.DataFolder).EnumerateFiles("*.partial").Sum(file => file.Length);
            (before, var stands) = (now, now == before);
            return stands;
        }, OssBackups.Patience);
    }

    private static long KilobytesOf(RunningService service, string field) => long.Parse(
        Machine.Read(service.ProcessId, "status").Split('\n').Single(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
