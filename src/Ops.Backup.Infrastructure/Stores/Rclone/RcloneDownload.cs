using System.Globalization;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>
/// What <c>rclone cat</c> prints. It ends well only when as many bytes came as the server said there are; what breaks off is begun again from the byte
/// where it broke.
/// </summary>
internal sealed class RcloneDownload(RcloneProgram program, string name, long offset, long length) : Stream
{
    private long _next = offset;
    private long _left = length;
    private ChildProcess? _child;
    private int _breaks;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || _left == 0) return 0;
        while (true)
        {
            var child = _child ??= program.Start(["cat", Text("--offset", _next), Text("--count", _left), "--", program.Remote(name)]);
            using var watch = new IdleWatch(program.Options.IdleTimeout, cancellationToken);
            // A read of a pipe knows no cancelling; killing its writer ends it.
            await using var ending = watch.Token.Register(() => child.Signal(UnixSignal.Kill));
            var read = await child.Output.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            if (read > 0)
            {
                (_next, _left, _breaks) = (_next + read, _left - read, 0);
                return read;
            }
            var exitCode = await child.WaitAsync(CancellationToken.None);
            var doing = $"read {name} from byte {_next} on";
            var failure = watch.RanOut ? program.Failures.RanOut(doing, watch.Patience)
                : exitCode == 0 ? program.Failures.Of(exitCode, $"it ended {_left} bytes too early", doing) : program.Failures.Of(exitCode, child.ErrorTail, doing);
            _child = null;
            await child.DisposeAsync();
            if (++_breaks >= program.Options.Attempts || (!failure.IsTransient && exitCode != 0)) throw failure;
            await program.PauseAsync(_breaks, cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _child, null) is { } child) await EndAsync(child);
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _child, null) is { } child) EndAsync(child).GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    private static async Task EndAsync(ChildProcess child)
    {
        // It has nothing to put in order, so there is nothing to wait for.
        child.Signal(UnixSignal.Kill);
        await child.DisposeAsync();
    }

    private static string Text(string option, long value) => string.Create(CultureInfo.InvariantCulture, $"{option}={value}");
}
