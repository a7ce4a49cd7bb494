using System.Runtime.CompilerServices;
using Ops.Backup.Application.Ports;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

public sealed class BlockPoolTests
{
    [Fact]
    public void A_pool_that_nobody_has_any_more_holds_no_memory_even_where_a_thread_that_gave_blocks_back_lives_on()
    {
        var pool = Used();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        pool.IsAlive.ShouldBeFalse();
    }

    // Not inlined, so that no register of the test still refers to the pool.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Used()
    {
        using var pool = new BlockPool(4);
        Block[] blocks = [.. Enumerable.Range(0, 4).Select(_ => pool.Rent(CancellationToken.None))];
        foreach (var block in blocks) block.Release();
        return new WeakReference(pool);
    }
}
