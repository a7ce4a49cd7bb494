using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>
/// What age makes of an encrypted stream. It is read to its end only when age ended well: a file that was cut or changed gives an
/// exception, never a shorter text.
/// </summary>
internal sealed class DecryptedStream : Stream
{
    private readonly ChildProcess _age;
    private readonly Stream _sealed;
    private readonly Task _fed;
    private readonly byte[] _first = new byte[1];
    private bool _hasFirst;
    private bool _ended;

    private DecryptedStream(ChildProcess age, Stream sealedContent)
    {
        (_age, _sealed) = (age, sealedContent);
        _fed = FeedAsync();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Returns when the first byte is decrypted, so that a wrong key is told before anything is sent on.</summary>
    public static async Task<DecryptedStream> OpenAsync(Stream sealedContent, string identityFile, CancellationToken cancellationToken)
    {
        DecryptedStream? stream = null;
        try
        {
            stream = new DecryptedStream(ChildProcess.Start(Age.Decrypt(identityFile)), sealedContent);
            stream._hasFirst = await stream.ReadOnAsync(stream._first, cancellationToken) == 1;
            return stream;
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            else await sealedContent.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        if (!_hasFirst) return await ReadOnAsync(buffer, cancellationToken);
        buffer.Span[0] = _first[0];
        _hasFirst = false;
        return 1;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override async ValueTask DisposeAsync()
    {
        await _age.DisposeAsync();
        await _sealed.DisposeAsync();
        await base.DisposeAsync();
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _age.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _sealed.Dispose();
        }
        base.Dispose(disposing);
    }

    private async Task<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_ended) return 0;
        var read = await _age.Output.ReadAsync(buffer, cancellationToken);
        if (read > 0) return read;
        await _fed;
        var exitCode = await _age.WaitAsync(cancellationToken);
        if (exitCode != 0) throw Age.Failure(_age.ErrorTail);
        _ended = true;
        return 0;
    }

    private async Task FeedAsync()
    {
        try
        {
            await _sealed.CopyToAsync(_age.Input);
        }
        catch (IOException)
        {
            // age wants no more; its exit code tells why.
            return;
        }
        catch
        {
            // What could not be read must not look like an end.
            _age.Signal(UnixSignal.Kill);
            throw;
        }
        try { _age.Input.Close(); }
        catch (IOException) { /* it closed first */ }
    }
}
