using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>Feeds a file to <c>rclone rcat</c>.</summary>
internal sealed class RcloneUpload(RcloneProgram program)
{
    // A block is large for a slow line; the watch is told of each slice.
    private const int SliceBytes = 64 * 1024;

    /// <exception cref="StoreException">It did not arrive.</exception>
    /// <exception cref="Exception">The content could not be had to its end; the rest was not sent.</exception>
    public async Task SendAsync(string partial, IBlockReader content, SentFile sent, CancellationToken cancellationToken)
    {
        var doing = $"store {partial}";
        await using var child = program.Start(["rcat", "--", program.Remote(partial)], takesInput: true);
        using var watch = new IdleWatch(program.Options.IdleTimeout, cancellationToken);
        // A write to a pipe knows no cancelling; killing its reader ends it.
        await using var ending = watch.Token.Register(() => child.Signal(UnixSignal.Kill));
        var isWhole = false;
        try
        {
            isWhole = await FeedAsync(child, content, sent, watch, cancellationToken);
            watch.Moved(program.Options.FinishTimeout);
            if (isWhole) await child.Input.DisposeAsync();
        }
        catch (IOException) when (isWhole)
        {
            // It ended before its input did; its exit code tells why.
        }
        finally
        {
            // An end of its input would be the file's end to it: it must not publish half a file as a whole one.
            if (!isWhole && !HasEndedByItself(child)) child.Signal(UnixSignal.Kill);
        }
        var exitCode = await child.WaitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (watch.RanOut) throw program.Failures.RanOut(doing, isWhole ? program.Options.FinishTimeout : program.Options.IdleTimeout);
        if (exitCode != 0) throw program.Failures.Of(exitCode, child.ErrorTail, doing);
        if (!isWhole) throw program.Failures.Of(exitCode, "rclone ended before it had read the whole file", doing);
    }
}
