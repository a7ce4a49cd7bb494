using System.Buffers;
using System.Collections.Concurrent;

namespace Ops.Backup.Application.Ports;

/// <summary>A file's bytes on their way into a store.</summary>
public interface IBlockReader
{
    /// <summary>The next block; who takes it releases it. Null when the file is whole.</summary>
    /// <exception cref="Exception">The rest can't be had, so what came so far must not be taken for the whole.</exception>
    ValueTask<Block?> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>
/// A piece of a file, shared by all the stores that still need it: the last release gives the memory back to the pool, so one
/// stream costs the same memory for any number of stores.
/// </summary>
public sealed class Block
{
    private readonly BlockPool _pool;
    private readonly byte[] _bytes;
    private int _length;
    private int _holders;

    internal Block(BlockPool pool, byte[] bytes) => (_pool, _bytes) = (pool, bytes);

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>All of the memory, for who fills it.</summary>
    public Memory<byte> Space => _bytes.AsMemory(0, _pool.BlockBytes);

    /// <summary>Says how much of the space was filled.</summary>
    public void Fill(int length) => _length = length;

    public void Retain() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        var holders = Interlocked.Decrement(ref _holders);
        if (holders == 0) _pool.Return(this);
        else if (holders < 0) throw new InvalidOperationException("A block was released once too often.");
    }

    internal byte[] Array => _bytes;

    internal Block Rented()
    {
        (_holders, _length) = (1, 0);
        return this;
    }
}

/// <summary>A fixed number of blocks; who wants one more waits until one comes back. This is what bounds a backup's memory.</summary>
public sealed class BlockPool(int blocks, int blockBytes = BlockPool.DefaultBlockBytes) : IDisposable
{
    public const int DefaultBlockBytes = 1024 * 1024;

    private readonly SemaphoreSlim _free = new(blocks, blocks);
    // No ConcurrentBag: that keeps its items by thread, a thread of the pool lives on, and a block refers to the pool, so none would ever be freed.
    private readonly ConcurrentStack<Block> _returned = [];

    public int BlockBytes { get; } = blockBytes;

    public int Blocks { get; } = blocks;

    /// <summary>Blocks that nobody holds.</summary>
    public int Free => _free.CurrentCount;

    public async ValueTask<Block> RentAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return Take();
    }

    /// <summary>The same for a thread of its own that may block.</summary>
    public Block Rent(CancellationToken cancellationToken)
    {
        _free.Wait(cancellationToken);
        return Take();
    }

    /// <summary>The next backup takes the same memory: left to the collector, large arrays would pile up.</summary>
    public void Dispose()
    {
        while (_returned.TryPop(out var block)) ArrayPool<byte>.Shared.Return(block.Array);
        _free.Dispose();
    }

    internal void Return(Block block)
    {
        _returned.Push(block);
        _free.Release();
    }

    private Block Take() => (_returned.TryPop(out var block) ? block : new Block(this, ArrayPool<byte>.Shared.Rent(BlockBytes))).Rented();
}

/// <summary>Blocks of a stream, read as they are asked for.</summary>
public sealed class StreamBlocks(Stream stream, BlockPool pool) : IBlockReader
{
    public async ValueTask<Block?> ReadAsync(CancellationToken cancellationToken)
    {
        var block = await pool.RentAsync(cancellationToken);
        try
        {
            block.Fill(await stream.ReadAtLeastAsync(block.Space, block.Space.Length, throwOnEndOfStream: false, cancellationToken));
        }
        catch
        {
            block.Release();
            throw;
        }
        if (block.Bytes.Length > 0) return block;
        block.Release();
        return null;
    }
}
