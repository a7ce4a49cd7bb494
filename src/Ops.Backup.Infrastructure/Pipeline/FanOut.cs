using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>
/// One stream for several readers at once, hashed on the way. Each reader has a bounded queue: a slow one slows the writer, it
/// does not fill the memory. A reader that gives up is left behind, and the others go on. One thread writes.
/// </summary>
internal sealed class FanOut : IBufferWriter<byte>, IDisposable
{
    private const int QueuedBlocks = 16;
    private readonly BlockPool _pool;
    private readonly CancellationToken _stop;
    private readonly List<Feed> _feeds;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Block? _current;
    private int _filled;
    private long _size;

    public FanOut(BlockPool pool, int readers, CancellationToken stop)
    {
        (_pool, _stop) = (pool, stop);
        _feeds = [.. Enumerable.Range(0, readers).Select(_ => new Feed())];
    }

    public IReadOnlyList<Feed> Feeds => _feeds;

    public long Size => _size + _filled;

    /// <exception cref="NoReaderException">Every reader has given up.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        _current ??= _pool.Rent(_stop);
        return _current.Space[_filled..];
    }

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        _filled += count;
        if (_filled == _current!.Space.Length) Post();
    }

    /// <summary>The source came to its end, and all of it was right.</summary>
    /// <returns>Bytes, and SHA-256 in hex.</returns>
    public (long SizeBytes, string Sha256) Complete()
    {
        if (_filled > 0) Post();
        ReleaseCurrent();
        foreach (var feed in _feeds) feed.End(null);
        return (_size, Convert.ToHexStringLower(_hash.GetHashAndReset()));
    }

    /// <summary>The rest will never come: every reader gets an exception instead of an end.</summary>
    public void Fail(Exception reason)
    {
        foreach (var feed in _feeds) feed.End(reason);
    }

    public void Dispose()
    {
        Fail(new ObjectDisposedException(nameof(FanOut)));
        foreach (var feed in _feeds) feed.GiveUp();
        ReleaseCurrent();
        _hash.Dispose();
    }

    private void ReleaseCurrent()
    {
        _current?.Release();
        _current = null;
    }

    private void Post()
    {
        var block = _current!;
        _current = null;
        block.Fill(_filled);
        _size += _filled;
        _filled = 0;
        _hash.AppendData(block.Bytes.Span);
        try
        {
            var taken = false;
            foreach (var feed in _feeds) taken |= feed.Post(block, _stop);
            if (!taken) throw new NoReaderException();
        }
        finally
        {
            block.Release();
        }
    }

    /// <summary>One reader's side.</summary>
    internal sealed class Feed : IBlockReader
    {
        private readonly Channel<Block> _queue = Channel.CreateBounded<Block>(new BoundedChannelOptions(QueuedBlocks) { SingleWriter = true });
        private volatile bool _gone;

        public async ValueTask<Block?> ReadAsync(CancellationToken cancellationToken)
        {
            while (await _queue.Reader.WaitToReadAsync(cancellationToken))
                if (_queue.Reader.TryRead(out var block)) return block;
            return null;
        }

        /// <summary>The reader wants no more; what is queued for it is given back, which also wakes a writer that waits for room.</summary>
        public void GiveUp()
        {
            _gone = true;
            Drain();
        }

        internal bool Post(Block block, CancellationToken stop)
        {
            if (_gone) return false;
            block.Retain();
            try
            {
                // The writer is a thread of its own, as a dump's output is read with blocking calls.
                if (!_queue.Writer.TryWrite(block)) _queue.Writer.WriteAsync(block, stop).AsTask().GetAwaiter().GetResult();
            }
            catch
            {
                block.Release();
                throw;
            }
            // Given up between the question and the answer: nobody else would give the block back.
            if (_gone) Drain();
            return true;
        }

        internal void End(Exception? reason) => _queue.Writer.TryComplete(reason);

        private void Drain()
        {
            while (_queue.Reader.TryRead(out var block)) block.Release();
        }
    }
}

/// <summary>Nobody takes the stream any more, so there is no use in making it.</summary>
internal sealed class NoReaderException() : Exception("No store takes the file any more.");
