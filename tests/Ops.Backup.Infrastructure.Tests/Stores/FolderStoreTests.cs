using System.Security.Cryptography;
using System.Text;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores;

public sealed class FolderStoreTests : IDisposable
{
    private readonly TempFolder _folder = new("folder-store");
    private readonly FolderStore _store;

    public FolderStoreTests() => _store = new FolderStore(Root);

    private string Root => _folder.File("root");

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_has_its_name_only_after_it_was_published()
    {
        await using (var staged = await StageAsync("orders.dump", "text"))
        {
            Names().ShouldBe(["orders.dump.partial"]);
            (await _store.FindAsync("orders.dump", CancellationToken.None)).ShouldBeNull();
            var stored = await staged.PublishAsync(overwrite: false, CancellationToken.None);
            (stored.Name, stored.SizeBytes, stored.Checksum).ShouldBe(("orders.dump", 4, $"crc32c:{Crc32C.Append(0, "text"u8):x8}"));
        }
        Names().ShouldBe(["orders.dump"]);
        File.GetUnixFileMode(_store.UrlOf("orders.dump")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Root).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await _store.FindAsync("orders.dump", CancellationToken.None))!.ModifiedAt!.Value.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task What_is_not_published_is_discarded()
    {
        await (await StageAsync("orders.dump", "text")).DisposeAsync();
        Names().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_that_breaks_leaves_nothing()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => _store.StageAsync("orders.dump", new Broken(), CancellationToken.None));
        Names().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../orders.dump")]
    [InlineData("a/../../orders.dump")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    public async Task A_name_that_leads_out_of_the_folder_is_refused_by_every_call(string name)
    {
        Directory.CreateDirectory(Root);
        await File.WriteAllTextAsync(_folder.File("orders.dump"), "precious");
        foreach (var call in new Func<Task>[]
        {
            () => StageAsync(name, "text"), () => _store.FindAsync(name, CancellationToken.None), () => _store.ReadAsync(name, 0, null, CancellationToken.None),
            () => _store.DeleteAsync(name, CancellationToken.None),
        })
        {
            (await Should.ThrowAsync<StoreException>(call)).Code.ShouldBe(StoreCodes.Failed);
        }
        (await File.ReadAllTextAsync(_folder.File("orders.dump"))).ShouldBe("precious");
    }

    [Theory]
    [InlineData("orders.dump")]
    [InlineData("orders.dump.partial")]
    public async Task A_link_that_was_planted_at_the_name_is_not_followed(string planted)
    {
        Directory.CreateDirectory(Root);
        await File.WriteAllTextAsync(_folder.File("precious"), "precious");
        File.CreateSymbolicLink(Path.Combine(Root, planted), _folder.File("precious"));
        await Should.ThrowAsync<StoreException>(() => StageAsync("orders.dump", "text"));
        await Should.ThrowAsync<StoreException>(() => _store.ReadAsync(planted, 0, null, CancellationToken.None));
        (await ListAsync("")).ShouldBeEmpty();
        (await File.ReadAllTextAsync(_folder.File("precious"))).ShouldBe("precious");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_that_is_planted_while_the_file_is_staged_is_not_written_through(bool overwrite)
    {
        await File.WriteAllTextAsync(_folder.File("precious"), "precious");
        await using var staged = await StageAsync("orders.dump", "text");
        File.CreateSymbolicLink(Path.Combine(Root, "orders.dump"), _folder.File("precious"));

        if (overwrite) await staged.PublishAsync(overwrite, CancellationToken.None);
        else (await Should.ThrowAsync<StoreException>(() => staged.PublishAsync(overwrite, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);

        (await File.ReadAllTextAsync(_folder.File("precious"))).ShouldBe("precious");
    }

    [Fact]
    public async Task A_folder_that_is_a_link_is_not_entered()
    {
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(_folder.File("elsewhere"));
        await File.WriteAllTextAsync(_folder.File("elsewhere", "x"), "precious");
        Directory.CreateSymbolicLink(Path.Combine(Root, "link"), _folder.File("elsewhere"));
        await Should.ThrowAsync<StoreException>(() => StageAsync("link/y", "text"));
        await Should.ThrowAsync<StoreException>(() => _store.DeleteAsync("link/x", CancellationToken.None));
        (await ListAsync("")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Folders_come_with_the_first_file_and_go_with_the_last_one_only()
    {
        await PutAsync("a/b/x.dump", "x");
        await PutAsync("a/y.dump", "y");
        File.GetUnixFileMode(Path.Combine(Root, "a")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await _store.DeleteAsync("a/b/x.dump", CancellationToken.None);
        Directory.Exists(Path.Combine(Root, "a", "b")).ShouldBeFalse();
        Names().ShouldBe(["a/y.dump"]);
        await _store.DeleteAsync("a/y.dump", CancellationToken.None);
        Directory.EnumerateFileSystemEntries(Root).ShouldBeEmpty();

        await (await StageAsync("a/c/x.dump", "x")).DisposeAsync();
        await Should.ThrowAsync<InvalidOperationException>(() => _store.StageAsync("a/c/x.dump", new Broken(), CancellationToken.None));
        Directory.EnumerateFileSystemEntries(Root).ShouldBeEmpty("nor does what was never published leave a folder");
    }

    [Fact]
    public async Task A_folder_may_go_with_its_last_file_while_another_file_comes()
    {
        using var stop = new CancellationTokenSource();
        var removing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                foreach (var file in new[] { "a/b/gone", "a/gone" }) await _store.DeleteAsync(file, CancellationToken.None);
        });
        for (var round = 0; round < 200; round++)
        {
            await PutAsync("a/b/x", "text");
            await _store.DeleteAsync("a/b/x", CancellationToken.None);
        }
        await stop.CancelAsync();
        await removing;
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_unless_it_may_be_overwritten()
    {
        await PutAsync("orders.dump", "old");
        await using (var refused = await StageAsync("orders.dump", "new!"))
            (await Should.ThrowAsync<StoreException>(() => refused.PublishAsync(overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
        (await TextAsync("orders.dump")).ShouldBe("old");
        Names().ShouldBe(["orders.dump"]);

        await using (var taken = await StageAsync("orders.dump", "new!")) (await taken.PublishAsync(overwrite: true, CancellationToken.None)).SizeBytes.ShouldBe(4);
        (await TextAsync("orders.dump")).ShouldBe("new!");
    }

    [Fact]
    public async Task Of_two_at_once_on_one_name_one_is_refused_and_the_others_file_is_whole()
    {
        for (var round = 0; round < 20; round++)
        {
            var name = $"orders{round}.dump";
            var results = await Task.WhenAll(Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
            {
                try
                {
                    await PutAsync(name, new string((char)('a' + writer), 100_000));
                    return "stored";
                }
                catch (StoreException e)
                {
                    return e.Code;
                }
            })));
            results.Order(StringComparer.Ordinal).ShouldBe([StoreCodes.Exists, "stored"]);
            (await TextAsync(name)).Distinct().Count().ShouldBe(1);
        }
        Names().Count().ShouldBe(20);
    }

    [Fact]
    public async Task Of_two_staged_files_that_publish_one_name_one_is_refused()
    {
        // The second is staged after the first one's partial file was renamed, so only the last step can tell.
        await using var second = await StageAsync("orders.dump", "second");
        await File.WriteAllTextAsync(Path.Combine(Root, "orders.dump"), "first");
        (await Should.ThrowAsync<StoreException>(() => second.PublishAsync(overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
        (await TextAsync("orders.dump")).ShouldBe("first");
    }

    [Fact]
    public async Task What_a_killed_run_left_is_discarded_by_its_name_only()
    {
        Directory.CreateDirectory(Path.Combine(Root, "sub"));
        foreach (var name in new[] { "a1.dump.partial", "a1.dump", "a2.dump.partial", "sub/a1.dump.partial", "a1.partial.dump" }) await File.WriteAllTextAsync(Path.Combine(Root, name), "x");
        (await Should.ThrowAsync<StoreException>(() => StageAsync("a1.dump", "text"))).Message.ShouldContain("discard");
        await _store.DiscardStagedAsync("a1", CancellationToken.None);
        Names().ShouldBe(["a1.dump", "a1.partial.dump", "a2.dump.partial", "sub/a1.dump.partial"]);
    }

    [Fact]
    public async Task Files_are_listed_by_the_beginning_of_their_names_without_those_that_are_staged()
    {
        foreach (var name in new[] { "订单_1.dump", "a*1", "a/b 'c'", ".hidden" }) await PutAsync(name, "x");
        await using var staged = await StageAsync("later", "x");
        (await ListAsync("")).ShouldBe([".hidden", "a*1", "a/b 'c'", "订单_1.dump"]);
        (await ListAsync("a*")).ShouldBe(["a*1"]);
        (await ListAsync("a/")).ShouldBe(["a/b 'c'"]);
        (await ListAsync("../")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0, null, "0123456789")]
    [InlineData(3, 4, "3456")]
    [InlineData(8, null, "89")]
    [InlineData(8, 100, "89")]
    [InlineData(10, null, "")]
    [InlineData(3, 0, "")]
    public async Task A_part_is_read(long offset, int? length, string expected)
    {
        await PutAsync("x", "0123456789");
        using var reader = new StreamReader(await _store.ReadAsync("x", offset, length, CancellationToken.None));
        (await reader.ReadToEndAsync()).ShouldBe(expected);
    }

    [Fact]
    public async Task What_is_not_there_is_missing_and_deleted_already()
    {
        (await Should.ThrowAsync<StoreException>(() => _store.ReadAsync("x", 0, null, CancellationToken.None))).Code.ShouldBe(StoreCodes.Missing);
        (await _store.FindAsync("a/b", CancellationToken.None)).ShouldBeNull();
        await _store.DeleteAsync("x", CancellationToken.None);
        await _store.DiscardStagedAsync("x", CancellationToken.None);
        (await ListAsync("")).ShouldBeEmpty();
        await PutAsync("x", "text");
        await _store.DeleteAsync("x", CancellationToken.None);
        (await _store.FindAsync("x", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_pipe_in_a_files_place_does_not_block()
    {
        Directory.CreateDirectory(Root);
        await Linux.RunAsync("/usr/bin/mkfifo", Path.Combine(Root, "x"));
        (await Should.ThrowAsync<StoreException>(() => _store.ReadAsync("x", 0, null, CancellationToken.None))).Message.ShouldContain("not a regular file");
    }

    [Fact]
    public async Task A_folder_that_can_not_be_made_says_which()
    {
        await File.WriteAllTextAsync(Root, "a file");
        (await Should.ThrowAsync<StoreException>(() => StageAsync("x", "text"))).ShouldSatisfyAllConditions(e => e.Code.ShouldBe(StoreCodes.Failed), e => e.Message.ShouldContain(Root));
    }

    [Fact]
    public async Task Space_is_that_of_the_disk_even_before_the_folder_is_made()
    {
        var space = (await _store.SpaceAsync(CancellationToken.None))!;
        space.FreeBytes.ShouldBeInRange(1, space.TotalBytes);
        Directory.Exists(Root).ShouldBeFalse();
    }

    [Fact]
    public async Task A_full_disk_is_named_with_its_free_space_and_has_nothing_of_the_file_any_more()
    {
        Directory.CreateDirectory(Root);
        // A mount namespace of its own: the small disk is gone with the process, and nobody need be root.
        var result = await Tool.RunAsync(
            new ProcessSpec("/usr/bin/unshare", [Environment.IsPrivilegedProcess ? "-m" : "-rm", "/bin/sh", "-c", "mount -t tmpfs -o size=1m tmpfs \"$1\" && exec dotnet exec \"$2\" fill \"$1\"", "sh",
                Root, typeof(HelperProgram).Assembly.Location]),
            null, CancellationToken.None);

        result.ExitCode.ShouldBe(0, result.Errors);
        var lines = result.Output.Split('\n');
        lines[0].ShouldBe(StoreCodes.DiskFull);
        lines[1].ShouldMatch(@"^.*/root is full: \d+ of 1048576 bytes are free\.");
        lines[2].ShouldBe("0 entries, 1048576 free");
    }

    private async Task<IStagedFile> StageAsync(string name, string text)
    {
        using var pool = new BlockPool(2, blockBytes: 1000);
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        try
        {
            return await _store.StageAsync(name, new StreamBlocks(content, pool), CancellationToken.None);
        }
        finally
        {
            pool.Free.ShouldBe(2);
        }
    }

    private async Task PutAsync(string name, string text)
    {
        await using var staged = await StageAsync(name, text);
        await staged.PublishAsync(overwrite: false, CancellationToken.None);
    }

    private async Task<string> TextAsync(string name)
    {
        using var reader = new StreamReader(await _store.ReadAsync(name, 0, null, CancellationToken.None));
        return await reader.ReadToEndAsync();
    }

    private async Task<List<string>> ListAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var file in _store.ListAsync(prefix, CancellationToken.None)) names.Add(file.Name);
        return names;
    }

    private IEnumerable<string> Names() => Directory.Exists(Root)
        ? Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal) : [];

    private sealed class Broken : IBlockReader
    {
        public ValueTask<Block?> ReadAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("the dump failed");
    }
}
