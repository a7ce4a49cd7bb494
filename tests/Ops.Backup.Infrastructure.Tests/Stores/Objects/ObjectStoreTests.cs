using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Objects;

/// <summary>A stream of unknown length on its way into a bucket: what is seen, what is left, and what memory it holds.</summary>
public sealed class ObjectStoreTests : IDisposable
{
    private const int MiB = 1024 * 1024;
    private readonly BlockPool _pool = new(64);
    private readonly TempFolder _spool = new("spool");
    private readonly FakeObjectClient _client = new();

    public void Dispose()
    {
        _pool.Dispose();
        _spool.Dispose();
        _client.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8 * MiB)]
    [InlineData(8 * MiB + 1)]
    [InlineData(30 * MiB + 17)]
    public async Task What_comes_out_is_what_went_in_and_all_memory_comes_back(int size)
    {
        var bytes = Bytes(size);
        using var store = Store(_client);
        await using (var staged = await StageAsync(store, bytes))
        {
            _client.Objects.ShouldBeEmpty("nothing shows before it is published");
            (await staged.PublishAsync(overwrite: false, default)).SizeBytes.ShouldBe(size);
        }
        _client.Objects["p/name"].ShouldBe(bytes);
        _client.OpenUploads.ShouldBe(0);
        _pool.Free.ShouldBe(_pool.Blocks);
    }

    [Fact]
    public async Task Parts_go_several_at_a_time_and_their_order_is_kept()
    {
        var bytes = Bytes(80 * MiB);
        _client.OnPart = async (number, stop) => await Task.Delay(number % 3 * 20, stop);
        using var store = Store(_client);
        await using var staged = await StageAsync(store, bytes);
        await staged.PublishAsync(overwrite: false, default);
        _client.Objects["p/name"].AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        _client.MostInFlight.ShouldBeInRange(2, 4);
    }

    [Fact]
    public async Task A_part_that_fails_ends_the_upload_with_its_reason_and_leaves_nothing()
    {
        _client.OnPart = (number, stop) => number == 2 ? throw new StoreException(StoreCodes.Denied, "no right", isTransient: false) : Task.Delay(-1, stop);
        using var store = Store(_client);
        var failure = await Should.ThrowAsync<StoreException>(() => StageAsync(store, Bytes(60 * MiB)));
        failure.Code.ShouldBe(StoreCodes.Denied);
        _client.OpenUploads.ShouldBe(0);
        _pool.Free.ShouldBe(_pool.Blocks);
    }

    [Fact]
    public async Task A_stream_that_breaks_is_never_taken_for_a_whole()
    {
        using var store = Store(_client);
        await Should.ThrowAsync<IOException>(() => store.StageAsync("name", new Broken(_pool, 20), default));
        _client.OpenUploads.ShouldBe(0);
        _client.Objects.ShouldBeEmpty();
        _pool.Free.ShouldBe(_pool.Blocks);
    }

    [Fact]
    public async Task What_is_staged_and_never_published_is_taken_back()
    {
        using var store = Store(_client);
        await (await StageAsync(store, Bytes(20 * MiB))).DisposeAsync();
        await (await StageAsync(store, Bytes(1))).DisposeAsync();
        _client.OpenUploads.ShouldBe(0);
        _client.Objects.ShouldBeEmpty();
        _pool.Free.ShouldBe(_pool.Blocks);
    }

    [Fact]
    public async Task Parts_too_large_for_the_memory_wait_in_files_that_go_with_them()
    {
        var client = new FakeObjectClient { Limits = new ObjectLimits(100, 20 * MiB, 64 * MiB) };
        using var pool = new BlockPool(4);
        var bytes = Bytes(70 * MiB);
        using var store = Store(client);
        await using (var staged = await store.StageAsync("name", new StreamBlocks(new MemoryStream(bytes), pool), default)) await staged.PublishAsync(overwrite: false, default);
        client.Objects["p/name"].AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        Directory.EnumerateFiles(_spool.Path).ShouldBeEmpty();
        pool.Free.ShouldBe(4);
    }

    [Fact]
    public async Task A_store_that_allows_too_few_parts_says_so()
    {
        var client = new FakeObjectClient { Limits = new ObjectLimits(2, 1, 8 * MiB) };
        using var store = Store(client);
        (await Should.ThrowAsync<StoreException>(() => StageAsync(store, Bytes(40 * MiB)))).Code.ShouldBe(StoreCodes.Full);
        client.OpenUploads.ShouldBe(0);
    }

    private ObjectStore Store(FakeObjectClient client) => new(client, "p/", _spool.Path);

    private Task<IStagedFile> StageAsync(ObjectStore store, byte[] bytes) => store.StageAsync("name", new StreamBlocks(new MemoryStream(bytes), _pool), default);

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private sealed class Broken(BlockPool pool, int after) : IBlockReader
    {
        private int _read;

        public async ValueTask<Block?> ReadAsync(CancellationToken cancellationToken)
        {
            if (_read++ == after) throw new IOException("the dump died");
            var block = await pool.RentAsync(cancellationToken);
            block.Fill(block.Space.Length);
            return block;
        }
    }
}
