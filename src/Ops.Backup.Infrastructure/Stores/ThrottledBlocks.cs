using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>Takes no more than so many bytes a second from a stream, on average; a second's worth may come at once.</summary>
internal sealed class ThrottledBlocks(IBlockReader inner, long bytesPerSecond, TimeProvider time) : IBlockReader
{
    private readonly long _start = time.GetTimestamp();
    private double _dueSeconds;

    public async ValueTask<Block?> ReadAsync(CancellationToken cancellationToken)
    {
        var elapsed = time.GetElapsedTime(_start).TotalSeconds;
        // What was not used in a pause is not saved up.
        _dueSeconds = Math.Max(_dueSeconds, elapsed - 1);
        if (_dueSeconds > elapsed) await Task.Delay(TimeSpan.FromSeconds(_dueSeconds - elapsed), time, cancellationToken);
        var block = await inner.ReadAsync(cancellationToken);
        if (block is not null) _dueSeconds += block.Bytes.Length / (double)bytesPerSecond;
        return block;
    }
}
