using System.Buffers;
using System.Security.Cryptography;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

public sealed class FanOutTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly BlockPool _pool = new(40, 1024);

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(100_001)]
    public async Task Every_reader_gets_every_byte_and_the_hash_is_of_them(int size)
    {
        var bytes = Bytes(size);
        using var fan = new FanOut(_pool, 3, default);
        var readers = fan.Feeds.Select(ReadAllAsync).ToList();
        await WriteAsync(fan, bytes);
        fan.Complete().ShouldBe((size, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        foreach (var reader in readers) (await reader).ShouldBe(bytes);
        _pool.Free.ShouldBe(_pool.Blocks);
    }

    [Fact]
    public async Task A_slow_reader_slows_the_writer_and_not_the_memory()
    {
        using var fan = new FanOut(_pool, 2, default);
        var fast = ReadAllAsync(fan.Feeds[0]);
        var writing = WriteAsync(fan, Bytes(1_000_000));
        await Poll.Until("the slow one's queue is full", () => _pool.Free <= _pool.Blocks - 16, Patience);
        writing.IsCompleted.ShouldBeFalse();
        _pool.Free.ShouldBeGreaterThan(_pool.Blocks - 20, "nothing beyond the slow reader's queue is held");
        var slow = ReadAllAsync(fan.Feeds[1]);
        await writing;
        fan.Complete();
        (await slow).Length.ShouldBe((await fast).Length);
    }

    [Fact]
    public async Task A_reader_that_gives_up_does_not_stop_the_others()
    {
        using var fan = new FanOut(_pool, 2, default);
        var good = ReadAllAsync(fan.Feeds[0]);
        var writing = WriteAsync(fan, Bytes(500_000));
        await Poll.Until("the writer waits for the one that does not read", () => _pool.Free <= _pool.Blocks - 16, Patience);
        fan.Feeds[1].GiveUp();
        await writing;
        fan.Complete();
        (await good).ShouldBe(Bytes(500_000));
        _pool.Free.ShouldBe(_pool.Blocks);
    }

    [Fact]
    public async Task When_every_reader_gave_up_the_writer_hears_it()
    {
        using var fan = new FanOut(_pool, 2, default);
        foreach (var feed in fan.Feeds) feed.GiveUp();
        await Should.ThrowAsync<NoReaderException>(() => WriteAsync(fan, Bytes(2000)));
    }

    [Fact]
    public async Task A_source_that_fails_is_no_end()
    {
        using var fan = new FanOut(_pool, 1, default);
        var reader = ReadAllAsync(fan.Feeds[0]);
        await WriteAsync(fan, Bytes(5000));
        fan.Fail(new IOException("pg_dump died"));
        await Should.ThrowAsync<IOException>(() => reader);
    }

    [Fact]
    public async Task A_stop_wakes_a_writer_that_waits()
    {
        using var stop = new CancellationTokenSource();
        using var fan = new FanOut(_pool, 1, stop.Token);
        var writing = WriteAsync(fan, Bytes(1_000_000));
        await Poll.Until("it waits", () => _pool.Free <= _pool.Blocks - 16, Patience);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => writing);
        fan.Dispose();
        _pool.Free.ShouldBe(_pool.Blocks);
    }

    [Fact]
    public async Task A_limited_reader_takes_no_more_than_its_rate()
    {
        var reader = new ThrottledBlocks(new StreamBlocks(new MemoryStream(Bytes(20 * 1024)), _pool), 10 * 1024, TimeProvider.System);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        (await ReadAllAsync(reader)).Length.ShouldBe(20 * 1024);
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9), "20 KiB at 10 KiB/s are two seconds, of which one may come at once");
    }

    private static Task WriteAsync(FanOut fan, byte[] bytes) => Task.Run(() => fan.Write(bytes));

    private static async Task<byte[]> ReadAllAsync(IBlockReader reader)
    {
        await Task.Yield();
        using var all = new MemoryStream();
        while (await reader.ReadAsync(default) is { } block)
        {
            all.Write(block.Bytes.Span);
            block.Release();
        }
        return all.ToArray();
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
