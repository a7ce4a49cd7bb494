using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>An object's bytes. A connection that breaks is made again from the byte where it broke, as long as it is still the same object.</summary>
internal sealed class S3Download : Stream
{
    private readonly AmazonS3Client _client;
    private readonly S3Attempts _attempts;
    private readonly S3Options _options;
    private readonly S3Failures _failures;
    private readonly string _bucket;
    private readonly string _key;
    private readonly long? _end;
    private GetObjectResponse? _answer;
    private string? _etag;
    private long _next;
    private long _left;
    private int _breaks;

    private S3Download(AmazonS3Client client, S3Attempts attempts, S3Options options, S3Failures failures, string bucket, string key, long offset, long? length)
    {
        (_client, _attempts, _options, _failures, _bucket, _key) = (client, attempts, options, failures, bucket, key);
        (_next, _end) = (offset, length is { } count ? offset + count : null);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static async Task<S3Download> OpenAsync(
        AmazonS3Client client, S3Attempts attempts, S3Options options, S3Failures failures, string bucket, string key, long offset, long? length, CancellationToken cancellationToken)
    {
        var download = new S3Download(client, attempts, options, failures, bucket, key, offset, length);
        await download.ConnectAsync(cancellationToken);
        return download;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0) return 0;
        while (_left > 0)
        {
            using var watch = new IdleWatch(_options.IdleTimeout, cancellationToken);
            Exception? failure = null;
            try
            {
                var read = await _answer!.ResponseStream.ReadAsync(buffer, watch.Token);
                if (read > 0)
                {
                    (_next, _left, _breaks) = (_next + read, _left - read, 0);
                    return read;
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                failure = e;
            }
            if (++_breaks >= _options.Attempts)
                throw _failures.Of(failure ?? new IOException("the answer ended too early"), $"read {_key} from byte {_next} on", watch);
            await ConnectAsync(cancellationToken);
        }
        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _answer?.Dispose();
        base.Dispose(disposing);
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _answer?.Dispose();
        _answer = null;
        var request = new GetObjectRequest { BucketName = _bucket, Key = _key, EtagToMatch = _etag };
        if (_end is { } end) request.ByteRange = new ByteRange(_next, end - 1);
        else if (_next > 0) request.ByteRange = new ByteRange($"bytes={_next}-");
        try
        {
            _answer = await _attempts.RunAsync($"read {_key}", watch => _client.GetObjectAsync(request, watch.Token), cancellationToken);
        }
        catch (StoreException e) when (e.Code is StoreCodes.Exists)
        {
            throw new StoreException(StoreCodes.Corrupted, $"{_key} was replaced while it was read. Read it again from its beginning.", isTransient: true, e);
        }
        catch (StoreException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable })
        {
            // From its end on, or of an empty object: there are no bytes there, which is an answer too.
            _left = 0;
            return;
        }
        (_etag, _left) = (_answer.ETag, _answer.ContentLength);
        // A server that does not know ranges sends the whole; taken for the range it would be other bytes.
        if (request.ByteRange is not null && _answer.HttpStatusCode is not HttpStatusCode.PartialContent)
            throw new StoreException(StoreCodes.Failed, $"The server answers a request for a range of {_key} with the whole. It can't be used as a store.", isTransient: false);
    }
}
