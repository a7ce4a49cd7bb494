using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>Promise 3 for remote stores: whenever the service is killed, the store has nothing half once it is back.</summary>
[Collection(Servers.Faults)]
public sealed class KilledWhileUploadingTests(SourceServer server)
{
    [Fact]
    public async Task Killed_with_parts_under_way_it_leaves_no_upload_behind()
    {
        await using var backups = await OssBackups.StartAsync(server, idleSeconds: 30);
        // The line is slow enough for the dump to be held up by it.
        backups.Oss.BytesPerSecond = 8 * 1024 * 1024;
        var running = await backups.BackUpAsync();
        await Poll.Until("a part has come whole", () => backups.Oss.UnfinishedUploads.Any(upload => upload.Parts > 0), OssBackups.Patience);

        await KillAndRestartAsync(backups);

        await ShouldBeAbandonedAsync(backups, running);
    }

    [Fact]
    public async Task Killed_while_the_store_joins_the_parts_it_leaves_no_upload_behind()
    {
        await using var backups = await OssBackups.StartAsync(server);
        backups.Oss.Fail(OssOperation.CompleteMultipartUpload, OssFault.Hang, OssBackups.ForEver);
        var running = await backups.BackUpAsync();
        await SeenAsync(backups, OssOperation.CompleteMultipartUpload);

        await KillAndRestartAsync(backups);

        await ShouldBeAbandonedAsync(backups, running);
    }

    [Fact]
    public async Task Killed_when_the_object_is_there_and_the_answer_is_not_it_leaves_no_object_behind()
    {
        await using var backups = await OssBackups.StartAsync(server);
        backups.Oss.Fail(OssOperation.CompleteMultipartUpload, OssFault.LostAnswer);
        // The two small files come first and are asked for too; to an answer without a body this fault does nothing.
        backups.Oss.Fail(OssOperation.HeadObject, OssFault.ResetInAnswer(0), times: 2);
        backups.Oss.Fail(OssOperation.HeadObject, OssFault.Hang, OssBackups.ForEver);
        var running = await backups.BackUpAsync();
        await Poll.Until("the dump is an object", () => backups.Oss.Objects.Any(stored => stored.Key.EndsWith(".dump", StringComparison.Ordinal)), OssBackups.Patience);

        await KillAndRestartAsync(backups);

        await ShouldBeAbandonedAsync(backups, running);
    }

    [Fact]
    public async Task Killed_in_a_repair_it_repairs_when_it_is_back()
    {
        await using var backups = await OssBackups.StartAsync(server, idleSeconds: 30);
        backups.Oss.Fail(OssOperation.CompleteMultipartUpload, OssFault.Denied);
        var failed = await backups.MissOssAsync("STORE_ACCESS_DENIED");
        backups.Oss.BytesPerSecond = 8 * 1024 * 1024;
        await backups.AskForRepairAsync(failed, "oss");
        await Poll.Until("a part has come whole", () => backups.Oss.UnfinishedUploads.Any(upload => upload.Parts > 0), OssBackups.Patience);

        await KillAndRestartAsync(backups);
        // The dead node's claim ends by the clock; no test need wait for that.
        await backups.ExecuteAsync("UPDATE backup_copy SET claimed_until = now() WHERE status = 'syncing'");

        var repaired = await backups.RepairedAsync(failed);
        await backups.ShouldBeWholeAsync(repaired, "oss");
        backups.ShouldHaveLeftNothingHalf();
    }

    [Fact]
    public async Task Cancelled_while_the_store_joins_the_parts_it_leaves_nothing_anywhere()
    {
        await using var backups = await OssBackups.StartAsync(server);
        backups.Oss.Fail(OssOperation.CompleteMultipartUpload, OssFault.Hang, OssBackups.ForEver);
        var running = await backups.BackUpAsync();
        await SeenAsync(backups, OssOperation.CompleteMultipartUpload);
        // The disk has its copy whole by now.
        await Poll.Until("the disk has the dump", () => backups.Setup.DataFiles().Any(name => name.EndsWith(".dump", StringComparison.Ordinal)), OssBackups.Patience);

        (await backups.Api.CancelAsync(running.Id)).Status.ShouldBe(System.Net.HttpStatusCode.Accepted);
        var canceled = await backups.Api.EndOfAsync(running.Id);

        canceled.Status.ShouldBe("CANCELED");
        canceled.ShouldHaveLeftNothingIn(backups.Setup);
        backups.KeysOf(canceled).ShouldBeEmpty();
        backups.ShouldHaveLeftNothingHalf();
    }

    private static Task SeenAsync(OssBackups backups, OssOperation operation) => Poll.Until(
        $"{operation} has come", () => backups.Oss.Requests.Any(request => request.Operation == operation), OssBackups.Patience);

    private static async Task KillAndRestartAsync(OssBackups backups)
    {
        await backups.Service.Kill9Async();
        backups.Heal();
        await backups.RestartAsync();
    }

    private static async Task ShouldBeAbandonedAsync(OssBackups backups, BackupView running)
    {
        var abandoned = await backups.Api.EndOfAsync(running.Id);
        (abandoned.Status, abandoned.ErrorCode).ShouldBe(("FAILED", "ABANDONED"));
        await Poll.Until("it is cleaned up", () => backups.Oss.UnfinishedUploads.Count == 0 && backups.KeysOf(abandoned).Count == 0 && File.Exists(abandoned.ReportFile), OssBackups.Patience);
        abandoned.ShouldHaveFailed("ABANDONED");
        abandoned.ShouldHaveLeftNothingIn(backups.Setup);
        backups.ShouldHaveLeftNothingHalf();

        var next = await backups.Api.EndOfAsync((await backups.BackUpAsync()).Id);
        next.Status.ShouldBe("SUCCESS", next.ErrorMessage);
        await backups.ShouldBeWholeAsync(next, "oss");
    }
}
