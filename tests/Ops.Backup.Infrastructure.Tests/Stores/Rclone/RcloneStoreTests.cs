using System.Security.Cryptography;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Rclone;

public sealed class RcloneOverWebDavTests : RcloneStoreTests
{
    protected override string? ChecksumOf(byte[] bytes) => null;
}

public sealed class RcloneOverSftpTests : RcloneStoreTests
{
    protected override string Kind => "sftp";

#pragma warning disable CA5351 // what the server reckons
    protected override string? ChecksumOf(byte[] bytes) => "md5:" + Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    [Fact]
    public async Task What_the_server_has_otherwise_is_noticed_by_its_hash()
    {
        var store = await StoreAsync();
        await using var staged = await store.StageAsync("x.dump", Blocks(Bytes(1000)), CancellationToken.None);
        await File.WriteAllBytesAsync(Server.Folder.File("some folder", "x.dump.partial"), Bytes(1000, 6));
        var failure = await FailsAsync(() => staged.PublishAsync(overwrite: false, CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Corrupted);
        failure.Message.ShouldContain("md5");
        (await store.FindAsync("x.dump", CancellationToken.None)).ShouldBeNull();
    }
}

/// <summary>What holds over every protocol.</summary>
public abstract class RcloneStoreTests : RcloneBench
{
    protected abstract string? ChecksumOf(byte[] bytes);

    [Fact]
    public async Task Files_of_any_size_come_back_as_they_went_whole_and_in_ranges()
    {
        var store = await StoreAsync();
        var random = new Random(3);
        foreach (var size in (int[])[0, 1, 102_400, random.Next(5_000_000), random.Next(5_000_000)])
        {
            var bytes = Bytes(size, size);
            var stored = await PutAsync(store, $"{size}.dump", bytes);
            (stored.Name, stored.SizeBytes, stored.Checksum).ShouldBe(($"{size}.dump", size, ChecksumOf(bytes)));
            stored.ModifiedAt!.Value.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
            (await store.FindAsync($"{size}.dump", CancellationToken.None)).ShouldBe(stored);
            (await ReadAsync(store, $"{size}.dump")).ShouldBe(bytes);
            var offset = random.Next(size + 1);
            var length = random.Next(size - offset + 1);
            (await ReadAsync(store, $"{size}.dump", offset, length)).ShouldBe(bytes[offset..(offset + length)]);
            (await ReadAsync(store, $"{size}.dump", offset)).ShouldBe(bytes[offset..]);
            (await ReadAsync(store, $"{size}.dump", size, 10)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_file_has_its_name_only_after_it_was_published_and_goes_when_it_is_not()
    {
        var store = await StoreAsync();
        await using (await store.StageAsync("orders.dump", Blocks(Bytes(500_000)), CancellationToken.None))
        {
            Files().ShouldBe(["some folder/orders.dump.partial"]);
            (await store.FindAsync("orders.dump", CancellationToken.None)).ShouldBeNull();
            (await store.ListAsync("", CancellationToken.None).ToListAsync()).ShouldBeEmpty();
        }
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_is_there_is_overwritten_only_when_asked()
    {
        var store = await StoreAsync();
        await PutAsync(store, "a.dump", Bytes(100, 1));
        (await FailsAsync(() => PutAsync(store, "a.dump", Bytes(100, 2)))).Code.ShouldBe(StoreCodes.Exists);
        (await ReadAsync(store, "a.dump")).ShouldBe(Bytes(100, 1));
        await PutAsync(store, "a.dump", Bytes(100, 3), overwrite: true);
        (await ReadAsync(store, "a.dump")).ShouldBe(Bytes(100, 3));
        Files().ShouldBe(["some folder/a.dump"]);
    }

    [Fact]
    public async Task Names_of_any_characters_arrive()
    {
        var store = await StoreAsync();
        string[] names = ["two words.dump", "it's \"quoted\".dump", "a:b:c.dump", "订单 数据库.dump", "--config=x", "-v", "a*b?[c]{d}.dump", "folder/inner.dump", "100%25 & more; $(id).dump"];
        foreach (var name in names)
        {
            await PutAsync(store, name, Bytes(10, name.Length));
            (await ReadAsync(store, name)).ShouldBe(Bytes(10, name.Length), name);
        }
        Files().ShouldBe(names.Select(name => "some folder/" + name), ignoreOrder: true);
        (await store.ListAsync("", CancellationToken.None).Select(item => item.Name).ToListAsync()).ShouldBe(names, ignoreOrder: true);
        foreach (var name in names) await store.DeleteAsync(name, CancellationToken.None);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task Listing_and_discarding_heed_what_names_begin_with()
    {
        var store = await StoreAsync();
        foreach (var name in (string[])["a_1.dump", "a_1_globals.sql", "a_2.dump", "b/a_1.dump"]) await PutAsync(store, name, Bytes(3));
        var folder = Server.Folder.File("some folder");
        foreach (var name in (string[])["a_1.dump.partial", "a_1 x.partial", "a_2.dump.partial"]) await File.WriteAllTextAsync(Path.Combine(folder, name), "half");
        (await store.ListAsync("a_1", CancellationToken.None).Select(item => item.Name).ToListAsync()).ShouldBe(["a_1.dump", "a_1_globals.sql"], ignoreOrder: true);
        (await store.ListAsync("b/a", CancellationToken.None).ToListAsync()).Single().ShouldSatisfyAllConditions(item => item.Name.ShouldBe("b/a_1.dump"), item => item.SizeBytes.ShouldBe(3));
        (await store.ListAsync("none/", CancellationToken.None).ToListAsync()).ShouldBeEmpty();

        await store.DiscardStagedAsync("a_1", CancellationToken.None);
        Files().ShouldBe(["some folder/a_1.dump", "some folder/a_1_globals.sql", "some folder/a_2.dump", "some folder/a_2.dump.partial", "some folder/b/a_1.dump"]);
    }

    [Fact]
    public async Task What_is_not_there_is_missing_and_is_deleted_already()
    {
        var store = await StoreAsync();
        Directory.CreateDirectory(Server.Folder.File("some folder", "folder"));
        foreach (var name in (string[])["none", "none/none", "folder"])
        {
            (await store.FindAsync(name, CancellationToken.None)).ShouldBeNull();
            (await FailsAsync(() => store.ReadAsync(name, 0, null, CancellationToken.None))).Code.ShouldBe(StoreCodes.Missing);
            await store.DeleteAsync(name, CancellationToken.None);
        }
        await store.DiscardStagedAsync("none/", CancellationToken.None);
    }

    [Fact]
    public async Task A_truncated_upload_is_noticed_by_its_size()
    {
        var store = await StoreAsync();
        await using var staged = await store.StageAsync("x.dump", Blocks(Bytes(200_000)), CancellationToken.None);
        await using (var file = new FileStream(Server.Folder.File("some folder", "x.dump.partial"), FileMode.Open)) file.SetLength(199_999);
        var failure = await FailsAsync(() => staged.PublishAsync(overwrite: false, CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Corrupted);
        failure.Message.ShouldContain("199999");
        await staged.DisposeAsync();
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_content_that_fails_is_not_stored_as_if_it_had_ended()
    {
        var store = await StoreAsync();
        var content = new BreakingBlocks(Blocks(Bytes(2_000_000)), after: 15);
        (await Should.ThrowAsync<InvalidDataException>(() => store.StageAsync("x.dump", content, CancellationToken.None))).Message.ShouldBe("pg_dump failed");
        Pool.Free.ShouldBe(Pool.Blocks);
        Files().ShouldNotContain("some folder/x.dump");
        await store.DiscardStagedAsync("x", CancellationToken.None);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task Cancelling_an_upload_ends_it_at_once()
    {
        var store = await StoreAsync();
        using var cancel = new CancellationTokenSource();
        var content = new BreakingBlocks(Blocks(Bytes(2_000_000)), after: 15, cancel);
        await Should.ThrowAsync<OperationCanceledException>(() => store.StageAsync("x.dump", content, cancel.Token));
        Pool.Free.ShouldBe(Pool.Blocks);
        await store.DiscardStagedAsync("x", CancellationToken.None);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_password_is_called_so_and_not_shown()
    {
        var store = await StoreAsync(password: "an other password");
        foreach (var call in (Func<Task>[])[() => store.FindAsync("x", CancellationToken.None), () => store.StageAsync("x", Blocks(Bytes(500_000)), CancellationToken.None), () => store.ListAsync("", CancellationToken.None).ToListAsync().AsTask()])
        {
            var failure = await FailsAsync(call);
            failure.Code.ShouldBe(StoreCodes.WrongKey);
            failure.IsTransient.ShouldBeFalse();
            failure.ToString().ShouldNotContain("an other password");
        }
        Pool.Free.ShouldBe(Pool.Blocks);
    }

    [Fact]
    public async Task A_server_that_is_killed_in_the_middle_fails_the_upload_and_leaves_nothing()
    {
        var store = await StoreAsync();
        var content = new BreakingBlocks(Blocks(Bytes(5_000_000)), after: 20, action: Server.KillAsync);
        var failure = await FailsAsync(() => store.StageAsync("x.dump", content, CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Unreachable);
        failure.IsTransient.ShouldBeTrue();
        Pool.Free.ShouldBe(Pool.Blocks);
        (await FailsAsync(() => store.FindAsync("x.dump", CancellationToken.None))).Code.ShouldBe(StoreCodes.Unreachable);

        await Server.StartAsync();
        (await store.FindAsync("x.dump", CancellationToken.None)).ShouldBeNull();
        await store.DiscardStagedAsync("x", CancellationToken.None);
        Files().ShouldBeEmpty();
        await PutAsync(store, "x.dump", Bytes(1000));
    }
}
