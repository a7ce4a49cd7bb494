using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Tests.Stores.Rclone;

/// <summary>Blocks in the midst of which something happens: an action, a cancel, or a failure.</summary>
internal sealed class BreakingBlocks(IBlockReader inner, int after, CancellationTokenSource? cancel = null, Func<Task>? action = null) : IBlockReader
{
    private int _read;

    public async ValueTask<Block?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_read++ != after) return await inner.ReadAsync(cancellationToken);
        if (action is not null) await action();
        else if (cancel is not null) await cancel.CancelAsync();
        else throw new InvalidDataException("pg_dump failed");
        return await inner.ReadAsync(cancellationToken);
    }
}
