using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>Feeds a file to <c>rclone rcat</c>.</summary>
internal sealed class RcloneUpload(RcloneProgram program)
{
    // A block is large for a slow line; the watch is told of each slice.
    private const int SliceBytes = 64 * 1024;

    /// <exception cref="StoreException">It did not arrive.</exception>
    /// <exception cref="Exception">The content could not be had to its end.</exception>
    public async Task SendAsync(string partial, IBlockReader content, SentFile sent, CancellationToken cancellationToken)
    {
        var doing = $"store {partial}";
        await using var child = program.Start(["rcat", "--", program.Remote(partial)], takesInput: true);
        using var watch = new IdleWatch(program.Options.IdleTimeout, cancellationToken);
        // A write to a pipe knows no cancelling; killing its reader ends it.
        await using var ending = watch.Token.Register(() => child.Signal(UnixSignal.Kill));
        bool isFed;
        try
        {
            isFed = await FeedAsync(child, content, sent, watch, cancellationToken);
        }
        catch
        {
            // Before its input is closed: to rclone that would be the file's end, and half a file would be stored as a whole one.
            child.Signal(UnixSignal.Kill);
            await child.WaitAsync(CancellationToken.None);
            throw;
        }
        if (isFed)
        {
            watch.Moved(program.Options.FinishTimeout);
            await child.Input.DisposeAsync();
        }
        var exitCode = await child.WaitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (watch.RanOut) throw program.Failures.RanOut(doing, isFed ? program.Options.FinishTimeout : program.Options.IdleTimeout);
        if (exitCode != 0 || !isFed) throw program.Failures.Of(exitCode, child.ErrorTail, doing);
    }

    /// <returns>False when rclone reads no more; its exit code tells why.</returns>
    private static async Task<bool> FeedAsync(ChildProcess child, IBlockReader content, SentFile sent, IdleWatch watch, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A dump that waits for a lock is not the store's fault.
            watch.Pause();
            if (await content.ReadAsync(cancellationToken) is not { } block) return true;
            try
            {
                sent.Add(block.Bytes.Span);
                for (var rest = block.Bytes; rest.Length > 0; rest = rest[Math.Min(SliceBytes, rest.Length)..])
                {
                    watch.Moved();
                    try { await child.Input.WriteAsync(rest[..Math.Min(SliceBytes, rest.Length)], CancellationToken.None); }
                    catch (IOException) { return false; }
                }
            }
            finally
            {
                block.Release();
            }
        }
    }
}
