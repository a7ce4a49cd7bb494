using System.Buffers;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

/// <summary>Several stores at once, of which some fail.</summary>
public sealed class ArtifactWriterTests : IDisposable
{
    private readonly TempFolder _folder = new("stores");
    private readonly RunLog _log;

    public ArtifactWriterTests() => _log = new RunLog(_folder.File("log"), TimeProvider.System, secret: null);

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_store_gets_the_same_bytes_and_none_shows_them_before_the_end()
    {
        await using var files = Writer("a", "b");
        var dump = await WriteAsync(files, 5_000_000);
        Names("a").ShouldBe(["x.dump.partial"]);
        (await files.PublishAsync(default)).ShouldAllBe(copy => copy.Failure == null && copy.SizeBytes == 5_000_000);
        Names("a").ShouldBe(["x.dump"]);
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(_folder.File("b/x.dump")))).ShouldBe(dump.Sha256);
    }

    [Fact]
    public async Task A_store_that_fails_is_left_behind_and_leaves_nothing()
    {
        Directory.CreateDirectory(_folder.File("a"));
        await File.WriteAllTextAsync(_folder.File("a/x.dump.sha256"), "another's");
        await using var files = Writer("a", "b");
        await WriteAsync(files, 1000);
        await files.WriteTextAsync(FileRole.Instructions, "x.RESTORE.txt", "text", default);
        await files.WriteTextAsync(FileRole.Checksum, "x.dump.sha256", "ours", default);

        var copies = await files.PublishAsync(default);

        copies.Single(copy => copy.StoreId == _ids["a"]).Failure!.Code.ShouldBe(StoreCodes.Exists);
        copies.Single(copy => copy.StoreId == _ids["b"]).Failure.ShouldBeNull();
        files.Files.ShouldAllBe(file => file.Path!.StartsWith(_folder.File("b"), StringComparison.Ordinal));
        await files.DisposeAsync();
        Names("a").ShouldBe(["x.dump.sha256"], "what was another's stays, what was ours is taken back");
        (await File.ReadAllTextAsync(_folder.File("a/x.dump.sha256"))).ShouldBe("another's");
        Names("b").Count().ShouldBe(3);
    }

    [Fact]
    public async Task When_no_store_takes_it_the_source_is_stopped_and_told_why()
    {
        await File.WriteAllTextAsync(_folder.File("a"), "a file where the folder should be");
        await using var files = Writer("a");
        var failure = await Should.ThrowAsync<BackupFailedException>(() => WriteAsync(files, 50_000_000));
        failure.Failure.Code.ShouldStartWith("STORE_");
    }

    [Fact]
    public async Task A_source_that_fails_leaves_nothing_in_any_store()
    {
        await using (var files = Writer("a", "b"))
        {
            await Should.ThrowAsync<IOException>(() => files.WriteAsync(FileRole.Dump, "x.dump", async fan =>
            {
                await Task.Run(() => fan.Write(new byte[3_000_000]));
                throw new IOException("pg_dump died");
            }, default));
        }
        Names("a").Concat(Names("b")).ShouldBeEmpty();
    }

    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    private ArtifactWriter Writer(params string[] folders) => new([.. folders.Select(folder =>
    {
        var store = Store.Create(new StoreFacts(folder, new LocalSettings(_folder.File(folder)), [], BytesPerSecond: null, IsDefault: true), null, isConfigured: false, DateTimeOffset.UnixEpoch);
        _ids[folder] = store.Id;
        return new OpenStore(store, new FolderStore(_folder.File(folder)));
    })], _log, TimeProvider.System);

    private static Task<ArtifactFile> WriteAsync(ArtifactWriter files, int bytes) =>
        files.WriteAsync(FileRole.Dump, "x.dump", fan => Task.Run(() => fan.Write(new byte[bytes])), default);

    private IEnumerable<string> Names(string folder) =>
        Directory.Exists(_folder.File(folder)) ? Directory.EnumerateFiles(_folder.File(folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal) : [];
}
