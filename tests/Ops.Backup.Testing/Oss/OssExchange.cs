using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ops.Backup.Testing.Oss;

/// <summary>Breaks the connection off.</summary>
internal sealed class OssBreak() : Exception("Broken off on purpose.");

/// <summary>One request and its answer, with the fault that was planted for it.</summary>
internal sealed class OssExchange(OssCall call, OssLine line, DateTimeOffset now, string requestId)
{
    private const int PieceBytes = 64 * 1024;

    public OssCall Call { get; } = call;

    public OssFault? Fault { get; set; }

    public DateTimeOffset Now { get; } = now;

    public long BytesIn { get; private set; }

    public string Target { get; } = call.Context.Features.Get<IHttpRequestFeature>()!.RawTarget;

    private HttpResponse Response => Call.Context.Response;

    private CancellationToken Aborted => Call.Context.RequestAborted;

    /// <summary>The faults that come before anything is done. True when that was the answer.</summary>
    public async Task<bool> FailBeforeAsync()
    {
        switch (Fault?.Kind)
        {
            case OssFaultKind.Error:
                throw new OssRefusal(Fault.Status, Fault.Code, Fault.Message) { RetryAfter = Fault.RetryAfter };
            case OssFaultKind.Hang:
                await Task.Delay(Timeout.Infinite, Aborted);
                break;
            case OssFaultKind.ErrorIn200:
                await DrainAsync();
                await AnswerAsync(200, Encoding.UTF8.GetBytes("<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"));
                return true;
            case OssFaultKind.Garbage200:
                await DrainAsync();
                Response.ContentType = "text/html";
                if (Call.Method != "HEAD") await Response.Body.WriteAsync("<html><p>Please log in"u8.ToArray());
                return true;
            case OssFaultKind.Foreign404:
                await DrainAsync();
                Response.StatusCode = 404;
                return true;
        }
        return false;
    }

    /// <summary>The faults that come after all was done.</summary>
    public void FailAfter()
    {
        if (Fault?.Kind is OssFaultKind.LostAnswer) throw new OssBreak();
        if (Fault?.Kind is OssFaultKind.DoneBut500) throw new OssRefusal(500, "InternalError", "We encountered an internal error. Please try again.");
    }

    /// <summary>Reads the body to its end, a piece at a time.</summary>
    public async Task ReadBodyAsync(Func<ReadOnlyMemory<byte>, ValueTask> take)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (true)
            {
                if (Fault?.Kind is OssFaultKind.ResetInRequest && BytesIn >= Fault.AfterBytes) throw new OssBreak();
                if (Fault?.Kind is OssFaultKind.HangInRequest && BytesIn >= Fault.AfterBytes) await Task.Delay(Timeout.Infinite, Aborted);
                var read = await Call.Context.Request.Body.ReadAsync(buffer.AsMemory(0, PieceBytes), Aborted);
                if (read == 0) return;
                BytesIn += read;
                await line.PassAsync(read, Aborted);
                await take(buffer.AsMemory(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async Task<byte[]> ReadShortBodyAsync()
    {
        using var whole = new MemoryStream();
        await ReadBodyAsync(piece =>
        {
            whole.Write(piece.Span);
            return ValueTask.CompletedTask;
        });
        return whole.ToArray();
    }

    /// <summary>Takes in a body that is to be kept, and holds it against the checksums that the client sent.</summary>
    public async Task<(OssBytes Body, ulong Crc, string ETag)> StoreBodyAsync(string? folder, bool md5ETags)
    {
        var crc = 0UL;
        var md5Sent = Call.Header("Content-MD5");
        using var md5 = md5ETags || md5Sent is not null ? IncrementalHash.CreateHash(HashAlgorithmName.MD5) : null;
        var file = folder is null ? null : Path.Combine(folder, Guid.NewGuid().ToString("N"));
        await using var sink = file is null ? (Stream)new MemoryStream() : new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
        await ReadBodyAsync(async piece =>
        {
            crc = PlainCrc64.Append(crc, piece.Span);
            md5?.AppendData(piece.Span);
            await sink.WriteAsync(piece);
        });
        if (Call.Header("Content-Length") is { } said && long.Parse(said, CultureInfo.InvariantCulture) != sink.Length) throw new OssRefusal(400, "IncompleteBody", "The body is shorter than its header says.");
        var hash = md5?.GetHashAndReset();
        if (md5Sent is not null && Convert.ToBase64String(hash!) != md5Sent) throw new OssRefusal(400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
        if (Call.Header("x-oss-hash-crc64ecma") is { } crcSent && crcSent != crc.ToString(CultureInfo.InvariantCulture)) throw new OssRefusal(400, "InvalidDigest", "The CRC-64 you specified was invalid.");
        var etag = hash is not null && md5ETags ? Convert.ToHexString(hash) : crc.ToString("X32", CultureInfo.InvariantCulture);
        return (new OssBytes([new OssPiece((sink as MemoryStream)?.ToArray(), file, sink.Length)]), crc, etag);
    }

    public void Header(string name, string value) => Response.Headers[name] = value;

    public void CrcHeader(ulong crc) => Header("x-oss-hash-crc64ecma", (Fault?.Kind is OssFaultKind.WrongCrc ? crc ^ 1 : crc).ToString(CultureInfo.InvariantCulture));

    public Task AnswerAsync(int status, XElement element) => AnswerAsync(status, Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + element));

    public async Task AnswerAsync(int status, byte[]? body = null)
    {
        Start(status);
        if (body is null) return;
        Response.ContentType = "application/xml";
        Response.ContentLength = body.Length;
        if (Call.Method != "HEAD") await WriteAsync(Pieces(body), body.Length);
    }

    public void Start(int status)
    {
        Response.StatusCode = status;
        Header("x-oss-request-id", requestId);
        Header("Date", Now.ToString("r", CultureInfo.InvariantCulture));
    }

    public async Task WriteAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, long length)
    {
        var left = Fault?.Kind is OssFaultKind.ResetInAnswer or OssFaultKind.HangInAnswer ? Math.Min(Fault.AfterBytes, length) : long.MaxValue;
        await foreach (var piece in pieces)
        {
            var part = piece[..(int)Math.Min(piece.Length, left)];
            await line.PassAsync(part.Length, Aborted);
            await Response.Body.WriteAsync(part, Aborted);
            if ((left -= part.Length) > 0) continue;
            await Response.Body.FlushAsync(Aborted);
            if (Fault?.Kind is OssFaultKind.HangInAnswer) await Task.Delay(Timeout.Infinite, Aborted);
            throw new OssBreak();
        }
    }

    public async Task<int> RefuseAsync(OssRefusal refusal)
    {
        try
        {
            // Like a server that lingers, so that the client gets to read the answer.
            await DrainAsync();
            var error = new XElement("Error", new XElement("Code", refusal.Code), new XElement("Message", refusal.Message), new XElement("RequestId", requestId),
                new XElement("HostId", Call.Context.Request.Host.Value), refusal.Details.Select(detail => new XElement(detail.Name, detail.Value)));
            if (refusal.RetryAfter is { } wait) Header("Retry-After", ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture));
            if (Call.Method == "HEAD")
            {
                Start(refusal.Status);
                Header("x-oss-err", Convert.ToBase64String(Encoding.UTF8.GetBytes(error.ToString())));
            }
            else
            {
                Fault = null;
                await AnswerAsync(refusal.Status, error);
            }
            return refusal.Status;
        }
        catch (Exception e) when (e is OssBreak or IOException or OperationCanceledException)
        {
            Call.Context.Abort();
            return 0;
        }
    }

    private async Task DrainAsync() => await ReadBodyAsync(_ => ValueTask.CompletedTask);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(byte[] body)
    {
        await Task.CompletedTask;
        yield return body;
    }
}
