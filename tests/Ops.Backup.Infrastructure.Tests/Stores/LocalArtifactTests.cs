using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores;

public sealed class LocalArtifactTests : IDisposable
{
    private readonly TempFolder _folder = new("store");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_disk_gives_back_differently_is_noticed()
    {
        await using var file = new PartialFile(_folder.File("orders.dump.partial"));
        file.Write("what was meant"u8);
        // Somebody else writes into the file behind our back, as a broken disk would.
        await using (var other = new FileStream(_folder.File("orders.dump.partial"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) other.Write("W"u8);
        (await Should.ThrowAsync<IOException>(() => file.CompleteAsync(CancellationToken.None))).Message.ShouldContain("CRC-32C");
    }

    [Fact]
    public async Task Discarding_a_run_leaves_those_whose_names_begin_alike()
    {
        foreach (var name in (string[])["a_1_h.dump.partial", "a_1_h.dump", "a_1_h_globals.sql", "a_1_h.RESTORE.txt", "a_1_h2.dump", "a_1_h_globals2.sql", "a_1_host.dump"])
            await File.WriteAllTextAsync(_folder.File(name), name);
        Directory.CreateDirectory(_folder.File("a_1_h.folder.partial"));
        LocalArtifact.Discard(_folder.Path, "a_1_h");
        Names().ShouldBe(["a_1_h2.dump", "a_1_h_globals2.sql", "a_1_host.dump"]);
    }

    [Fact]
    public async Task Discarding_removes_a_link_and_not_what_it_points_to()
    {
        using var elsewhere = new TempFolder("elsewhere");
        await File.WriteAllTextAsync(elsewhere.File("precious"), "text");
        Directory.CreateSymbolicLink(_folder.File("a_1_h.folder"), elsewhere.Path);
        LocalArtifact.Discard(_folder.Path, "a_1_h");
        Names().ShouldBeEmpty();
        File.Exists(elsewhere.File("precious")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_quarantined_file_keeps_its_bytes_under_a_name_that_nobody_takes_for_a_backup()
    {
        await File.WriteAllTextAsync(_folder.File("orders.dump"), "text");
        var file = new ArtifactFile(FileRole.Dump, "orders.dump", _folder.File("orders.dump"), 4, new string('a', 64));
        var now = LocalArtifact.Quarantine(_folder.Path, [file]).ShouldHaveSingleItem();
        Names().ShouldBe(["orders.dump.corrupt"]);
        now.Path.ShouldBe(_folder.File("orders.dump.corrupt"));
    }

    [Fact]
    public void A_name_that_leads_out_of_the_store_is_refused() =>
        Should.Throw<ArgumentException>(() => LocalArtifact.Quarantine(_folder.Path, [new ArtifactFile(FileRole.Dump, "../orders.dump", null, 4, new string('a', 64))]));

    private IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
