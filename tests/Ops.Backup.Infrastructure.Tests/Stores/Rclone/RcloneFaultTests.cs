using System.Diagnostics;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Rclone;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Rclone;

public sealed class RcloneFaultTests : RcloneBench
{
    [Fact]
    public async Task A_hang_is_given_up_after_the_idle_time()
    {
        await using var proxy = new FaultProxy(Server.Port, isHttp: false);
        var store = await StoreAsync(proxy.Port);
        var content = new BreakingBlocks(Blocks(Bytes(20_000_000)), after: 10, action: () =>
        {
            proxy.IsHanging = true;
            return Task.CompletedTask;
        });
        var clock = Stopwatch.StartNew();
        var failure = await FailsAsync(() => store.StageAsync("x.dump", content, CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Unreachable);
        failure.IsTransient.ShouldBeTrue();
        clock.Elapsed.ShouldBeInRange(Impatient.IdleTimeout, TimeSpan.FromSeconds(25));
        Pool.Free.ShouldBe(Pool.Blocks);
        proxy.IsHanging = false;
        await store.DiscardStagedAsync("x", CancellationToken.None);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_download_that_breaks_goes_on_where_it_broke()
    {
        await using var proxy = new FaultProxy(Server.Port);
        var bytes = Bytes(3_000_000);
        await PutAsync(await StoreAsync(), "x.dump", bytes);
        var gets = 0;
        proxy.Faults = request => request.Method == "GET" && Interlocked.Increment(ref gets) == 1 ? new Fault.CutAnswer(1_000_000) : null;
        (await ReadAsync(await StoreAsync(proxy.Port), "x.dump")).ShouldBe(bytes);
        gets.ShouldBe(2);
    }

    [Fact]
    public async Task A_download_that_hangs_fails_and_one_that_is_closed_early_ends_rclone()
    {
        await using var proxy = new FaultProxy(Server.Port);
        await PutAsync(await StoreAsync(), "x.dump", Bytes(3_000_000));
        var store = await StoreAsync(proxy.Port, options: Impatient with { IdleTimeout = TimeSpan.FromSeconds(1) });
        var clock = Stopwatch.StartNew();
        await using (var stream = await store.ReadAsync("x.dump", 0, null, CancellationToken.None)) await stream.ReadExactlyAsync(new byte[10]);
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(4));
        proxy.Faults = request => request.Method == "GET" ? new Fault.Hang() : null;
        (await FailsAsync(() => ReadAsync(store, "x.dump"))).Code.ShouldBe(StoreCodes.Unreachable);
    }

    [Fact]
    public async Task A_publication_whose_answer_got_lost_is_looked_for()
    {
        await using var proxy = new FaultProxy(Server.Port);
        var store = await StoreAsync(proxy.Port, options: Impatient with { Attempts = 1 });
        await using var staged = await store.StageAsync("x.dump", Blocks(Bytes(1000)), CancellationToken.None);
        proxy.Faults = request => request.Method == "MOVE" ? new Fault.LoseAnswer() : null;
        (await staged.PublishAsync(overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(1000);
        (await ReadAsync(store, "x.dump")).ShouldBe(Bytes(1000));
    }

    [Theory]
    [InlineData(403, StoreCodes.Denied, false)]
    [InlineData(507, StoreCodes.Full, false)]
    [InlineData(429, StoreCodes.Throttled, true)]
    [InlineData(503, StoreCodes.Unreachable, true)]
    public async Task A_refused_upload_has_its_code(int status, string code, bool isTransient)
    {
        await using var proxy = new FaultProxy(Server.Port);
        proxy.Faults = request => request.Method == "PUT" ? new Fault.Answer(status) : null;
        var failure = await FailsAsync(async () => await (await StoreAsync(proxy.Port)).StageAsync("x.dump", Blocks(Bytes(500_000)), CancellationToken.None));
        (failure.Code, failure.IsTransient).ShouldBe((code, isTransient));
        failure.Message.ShouldContain("x.dump");
        failure.Message.ShouldContain(Remote);
        Pool.Free.ShouldBe(Pool.Blocks);
    }

    [Fact]
    public async Task A_denied_delete_is_a_failure()
    {
        await using var proxy = new FaultProxy(Server.Port);
        await PutAsync(await StoreAsync(), "x.dump", Bytes(10));
        proxy.Faults = request => request.Method == "DELETE" ? new Fault.Answer(403) : null;
        (await FailsAsync(async () => await (await StoreAsync(proxy.Port)).DeleteAsync("x.dump", CancellationToken.None))).Code.ShouldBe(StoreCodes.Denied);
        Files().ShouldBe(["some folder/x.dump"]);
    }

    [Fact]
    public async Task A_missing_rclone_says_what_to_install()
    {
        var store = await StoreAsync(options: Impatient with { Program = "/usr/bin/no-such-rclone" });
        foreach (var call in (Func<Task>[])[() => store.FindAsync("x", CancellationToken.None), () => store.StageAsync("x", Blocks(Bytes(10)), CancellationToken.None), () => store.SpaceAsync(CancellationToken.None)])
        {
            var failure = await FailsAsync(call);
            failure.Code.ShouldBe(StoreCodes.ToolMissing);
            failure.Message.ShouldContain("Install the package rclone");
        }
        Pool.Free.ShouldBe(Pool.Blocks);
    }

    [Fact]
    public async Task A_remote_that_is_not_in_the_configuration_is_named()
    {
        var store = Store(new StoreCredentials(RcloneConfig: "[other]\ntype = local\n"));
        var failure = await FailsAsync(() => store.FindAsync("x", CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Failed);
        failure.Message.ShouldContain($"has no remote {Remote}");
        failure.IsTransient.ShouldBeFalse();
    }

    [Fact]
    public async Task An_entered_configuration_is_in_a_private_file_while_it_is_needed_and_never_in_the_command_line()
    {
        var text = await Server.ConfigAsync(Remote);
        string path;
        using (var config = new RcloneConfig(new RcloneSettings(Remote), new StoreCredentials(RcloneConfig: text)))
        {
            path = config.FilePath!;
            (await File.ReadAllTextAsync(path)).ShouldBe(text);
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(Path.GetDirectoryName(path)!).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var secret = text.Split("pass = ")[1].Trim();
            config.Clean($"can't use {secret} at http://me:word@host/x").ShouldBe("can't use *** at http://***@host/x");
            using var folder = new TempFolder("fake");
            await File.WriteAllTextAsync(folder.File("rclone"), "#!/bin/sh\nprintf '%s\\n' \"$@\" >&2; exit 9\n");
            File.SetUnixFileMode(folder.File("rclone"), (UnixFileMode)Convert.ToInt32("755", 8));
            using var store = new RcloneStore(new RcloneSettings(Remote), new StoreCredentials(RcloneConfig: text), TimeProvider.System, Impatient with { Program = folder.File("rclone") });
            var failure = await FailsAsync(() => store.FindAsync("--version", CancellationToken.None));
            failure.Message.ShouldContain($"{Remote}:postgres/backups/--version");
            failure.Message.ShouldNotContain(secret);
        }
        Directory.Exists(Path.GetDirectoryName(path)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_configuration_file_of_the_machine_is_used_as_it_is()
    {
        using var folder = new TempFolder("config");
        await File.WriteAllTextAsync(folder.File("rclone.conf"), await Server.ConfigAsync(Remote));
        var store = Store(new StoreCredentials(), new RcloneSettings(Remote, "some folder/", folder.File("rclone.conf")));
        await PutAsync(store, "x", Bytes(10));
        store.UrlOf("x").ShouldBe($"{Remote}:some folder/x");
        store.Dispose();
        File.Exists(folder.File("rclone.conf")).ShouldBeTrue();
        store.Presign("x", TimeSpan.FromHours(1)).ShouldBeNull();
        (await store.ClockSkewAsync(CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Space_is_told_where_the_remote_tells_it()
    {
        (await (await StoreAsync()).SpaceAsync(CancellationToken.None)).ShouldBeNull();
        using var folder = new TempFolder("local");
        var local = Store(new StoreCredentials(RcloneConfig: $"[{Remote}]\ntype = alias\nremote = {folder.Path}\n[none]\ntype = memory\n"), new RcloneSettings(Remote, ""));
        var space = (await local.SpaceAsync(CancellationToken.None))!;
        space.FreeBytes.ShouldBeInRange(1, space.TotalBytes);
        var memory = Store(new StoreCredentials(RcloneConfig: "[none]\ntype = memory\n"), new RcloneSettings("none", ""));
        (await memory.SpaceAsync(CancellationToken.None)).ShouldBeNull();
    }
}
