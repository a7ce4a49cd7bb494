using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Ops.Backup.Testing;

/// <summary>One client's connection to a server, request by request.</summary>
internal sealed class HttpRelay(FaultProxy proxy, TcpClient client, TcpClient server) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly BufferedStream _fromClient = new(client.GetStream(), BufferBytes);
    private readonly BufferedStream _fromServer = new(server.GetStream(), BufferBytes);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await HttpHead.ReadAsync(_fromClient, cancellationToken) is { } head)
        {
            await proxy.CameAsync(head.Length, cancellationToken);
            var words = head.FirstLine.Split(' ');
            var request = new ProxiedRequest(words[0], words[1], head.Fields);
            proxy.Came(request);
            if (!await PassAsync(head, words[0], proxy.Faults(request), cancellationToken)) return;
        }
    }

    public void Dispose()
    {
        _fromClient.Dispose();
        _fromServer.Dispose();
    }

    // False when the connection is to be reset.
    private async Task<bool> PassAsync(HttpHead head, string method, Fault? fault, CancellationToken cancellationToken)
    {
        if (fault is Fault.Hang) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        if (head.Fields.ContainsKey("Expect")) await client.GetStream().WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        head.Remove("Expect");
        if (fault is Fault.Answer answer)
        {
            await CopyBodyAsync(_fromClient, Stream.Null, head, proxy.ToServer, isRequest: true, null, null, cancellationToken);
            await WriteAsync(client.GetStream(), Text(answer, method), cancellationToken);
            return true;
        }
        await WriteAsync(server.GetStream(), head.ToString(), cancellationToken);
        var limit = (fault as Fault.Reset)?.AfterBodyBytes;
        if (limit is 0) return false;
        await CopyBodyAsync(_fromClient, server.GetStream(), head, proxy.ToServer, isRequest: true, limit, (fault as Fault.Flip)?.BodyByte, cancellationToken);
        if (limit is not null) return false;
        return await AnswerAsync(method, fault, cancellationToken);
    }

    private async Task<bool> AnswerAsync(string method, Fault? fault, CancellationToken cancellationToken)
    {
        var head = await HttpHead.ReadAsync(_fromServer, cancellationToken) ?? throw new IOException("The server closed the connection.");
        while (head.Status is >= 100 and < 200) head = await HttpHead.ReadAsync(_fromServer, cancellationToken) ?? throw new IOException("The server closed the connection.");
        await proxy.HangAsync(cancellationToken);
        if (fault is Fault.Rewrite rewrite)
        {
            head.Remove(rewrite.Header);
            if (rewrite.Value is not null) head.Add(rewrite.Header, rewrite.Value);
        }
        var hasBody = method != "HEAD" && head.Status is not (204 or 304);
        if (fault is Fault.LoseAnswer or Fault.Replace)
        {
            using var body = new MemoryStream();
            if (hasBody) await CopyBodyAsync(_fromServer, body, head, proxy.ToClient, isRequest: false, null, null, cancellationToken);
            if (fault is not Fault.Replace replace) return false;
            await WriteAsync(client.GetStream(), head.ToString(), cancellationToken);
            var text = Encoding.Latin1.GetString(body.ToArray()).Replace(replace.Text, replace.By, StringComparison.Ordinal);
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);
            return true;
        }
        await WriteAsync(client.GetStream(), head.ToString(), cancellationToken);
        if (!hasBody) return true;
        var limit = (fault as Fault.CutAnswer)?.AfterBodyBytes;
        await CopyBodyAsync(_fromServer, client.GetStream(), head, proxy.ToClient, isRequest: false, limit, null, cancellationToken);
        return limit is null;
    }

    private async Task CopyBodyAsync(
        Stream from, Stream to, HttpHead head, SlowLine line, bool isRequest, long? limit, long? flip, CancellationToken cancellationToken)
    {
        var copy = new BodyCopy(from, to, limit, flip, async (count, isFirst) =>
        {
            if (isRequest) await proxy.CameAsync(count, cancellationToken);
            else await proxy.HangAsync(cancellationToken);
            await line.TakeAsync(count, isFirst, cancellationToken);
        });
        if (head.IsChunked) await copy.ChunksAsync(cancellationToken);
        else if (head.ContentLength is { } length) await copy.BytesAsync(length, cancellationToken);
        else if (!isRequest) await copy.BytesAsync(long.MaxValue, cancellationToken);
    }

    private static string Text(Fault.Answer answer, string method)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} {ReasonPhrases.GetReasonPhrase(answer.Status)}\r\nContent-Type: {answer.ContentType}\r\n"));
        foreach (var (name, value) in answer.Headers) text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(answer.Body)}\r\n\r\n");
        return method == "HEAD" ? text.ToString() : text.Append(answer.Body).ToString();
    }

    private static async Task WriteAsync(Stream to, string text, CancellationToken cancellationToken) => await to.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
}
