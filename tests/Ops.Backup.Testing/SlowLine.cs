using System.Net.Sockets;
using System.Threading.Channels;

namespace Ops.Backup.Testing;

/// <summary>One direction of a proxy: how fast and how late bytes arrive.</summary>
internal sealed class SlowLine(FaultProxy proxy)
{
    private const int ChunkBytes = 16 * 1024;

    // Timers ring late; what a line lost by that it may catch up.
    private const long LatenessMicroseconds = 5_000;

    private readonly Lock _gate = new();
    private long _freeAt;

    /// <summary>Passes on until the end, which is passed on too.</summary>
    public async Task PumpAsync(TcpClient from, TcpClient to, bool isFromClient, CancellationToken cancellationToken)
    {
        // Bounded, so that a slow line slows the sender: as much as is on its way at a time.
        var onTheWay = Channel.CreateBounded<(byte[] Bytes, long DueAt)>(256);
        var sending = SendAsync(onTheWay.Reader, to, cancellationToken);
        try
        {
            var buffer = new byte[ChunkBytes];
            while (await from.GetStream().ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                if (isFromClient) await proxy.CameAsync(read, cancellationToken);
                else await proxy.HangAsync(cancellationToken);
                await onTheWay.Writer.WriteAsync((buffer[..read], await DueAsync(read, cancellationToken)), cancellationToken);
            }
        }
        finally
        {
            onTheWay.Writer.TryComplete();
            await sending;
        }
    }

    /// <summary>Waits as long as these bytes would take, for who sends them himself.</summary>
    public async Task TakeAsync(int bytes, bool isFirst, CancellationToken cancellationToken)
    {
        var due = await DueAsync(bytes, cancellationToken);
        if (isFirst) await WaitUntilAsync(due, cancellationToken);
    }

    private static async Task SendAsync(ChannelReader<(byte[] Bytes, long DueAt)> onTheWay, TcpClient to, CancellationToken cancellationToken)
    {
        await foreach (var (bytes, dueAt) in onTheWay.ReadAllAsync(cancellationToken))
        {
            await WaitUntilAsync(dueAt, cancellationToken);
            await to.GetStream().WriteAsync(bytes, cancellationToken);
        }
        // Null once somebody has reset it.
        to.Client?.Shutdown(SocketShutdown.Send);
    }

    // Waits for the bandwidth, which holds up what follows, and says when the bytes arrive, which does not.
    private async Task<long> DueAsync(int bytes, CancellationToken cancellationToken)
    {
        var now = Environment.TickCount64;
        long free;
        lock (_gate)
        {
            _freeAt = Math.Max(_freeAt, (now * 1000) - LatenessMicroseconds) + (proxy.BytesPerSecond is { } speed ? bytes * 1_000_000L / speed : 0);
            free = _freeAt / 1000;
        }
        await WaitUntilAsync(free, cancellationToken);
        return Math.Max(free, now) + (long)proxy.Latency.TotalMilliseconds;
    }

    private static async Task WaitUntilAsync(long time, CancellationToken cancellationToken)
    {
        if (time - Environment.TickCount64 is > 0 and var wait) await Task.Delay((int)wait, cancellationToken);
    }
}
