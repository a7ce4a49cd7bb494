using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>Sends a request once. What it returns is a success that OSS itself has answered; everything else is an <see cref="OssFailure"/>.</summary>
internal sealed class OssConnection(OssAddress address, IOssSigner signer, OssErrors errors, OssClientOptions options, TimeProvider time) : IDisposable
{
    /// <summary>Of an answer that is read whole: a page of a thousand long names fits four times.</summary>
    public const int MaxAnswerBytes = 16 * 1024 * 1024;

    private readonly HttpClient _http = new(Handler(options)) { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => _http.Dispose();

    public async Task<OssAnswer> SendAsync(OssRequest request, CancellationToken cancellationToken)
    {
        var answer = await ExchangeAsync(request, cancellationToken);
        return (int)answer.Status is >= 200 and < 300 ? OfOss(request, answer) : throw errors.Of(request, answer);
    }

    /// <summary>Whatever OSS or anybody answers.</summary>
    public async Task<OssAnswer> ExchangeAsync(OssRequest request, CancellationToken cancellationToken)
    {
        using var watch = new IdleWatch(options.IdleTimeout, cancellationToken);
        using var body = request.Body is null ? null : new SentBody(request.Body, watch);
        return await GuardAsync(request, watch, body, async () =>
        {
            using var response = await StartAsync(request, body, watch);
            var bytes = request.Method == HttpMethod.Head ? [] : await ReadShortAsync(request, response, watch);
            return new OssAnswer(response, bytes, body?.Crc ?? 0);
        }, cancellationToken);
    }

    /// <summary>The same for an answer that may be long: its body is read as the stream is.</summary>
    public async Task<(OssAnswer Answer, OssReadStream Body)> OpenAsync(OssRequest request, Func<OssAnswer, HttpContentHeaders, OssExpected> expected, CancellationToken cancellationToken)
    {
        HttpResponseMessage? response = null;
        using var watch = new IdleWatch(options.IdleTimeout, cancellationToken);
        try
        {
            return await GuardAsync(request, watch, null, async () =>
            {
                response = await StartAsync(request, null, watch);
                if (!response.IsSuccessStatusCode) throw errors.Of(request, new OssAnswer(response, await ReadShortAsync(request, response, watch), 0));
                var answer = OfOss(request, new OssAnswer(response, default, 0));
                var stream = new OssReadStream(response, await response.Content.ReadAsStreamAsync(watch.Token), expected(answer, response.Content.Headers), request, errors, options.IdleTimeout);
                return (answer, stream);
            }, cancellationToken);
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    private static SocketsHttpHandler Handler(OssClientOptions options) => new()
    {
        // A redirect or a cookie would carry a signature elsewhere; unpacking would hide the bytes that the CRC is about.
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = options.Connect,
        // Ids of our own traces are no business of the store's.
        ActivityHeadersPropagator = null,
    };

    private async Task<HttpResponseMessage> StartAsync(OssRequest request, SentBody? body, IdleWatch watch)
    {
        using var message = new HttpRequestMessage(request.Method, address.Of(request));
        message.Content = body;
        if (body is null && request.Method == HttpMethod.Post) message.Content = new ByteArrayContent([]);
        if (message.Content is not null && request.ContentType is not null) message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        foreach (var (name, value) in request.Headers.Concat(signer.Sign(request, time.GetUtcNow()))) message.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, watch.Token);
    }

    private async Task<T> GuardAsync<T>(OssRequest request, IdleWatch watch, SentBody? body, Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await attempt();
        }
        catch (Exception e) when (body?.SourceError is { } ours && e is not OssFailure && !cancellationToken.IsCancellationRequested)
        {
            ExceptionDispatchInfo.Throw(ours);
            throw;
        }
        // A send that is cancelled can end as a broken connection just as well.
        catch (Exception e) when (e is HttpRequestException or IOException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException && watch.RanOut)
        {
            throw errors.Idle(request, options.IdleTimeout, e);
        }
        // The handler's own: connecting took too long.
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw errors.Network(request, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw errors.Network(request, e);
        }
    }

    private async Task<byte[]> ReadShortAsync(OssRequest request, HttpResponseMessage response, IdleWatch watch)
    {
        using var whole = new MemoryStream();
        var stream = await response.Content.ReadAsStreamAsync(watch.Token);
        var piece = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(piece, watch.Token)) > 0;)
        {
            watch.Moved();
            if (whole.Length + read > MaxAnswerBytes) throw errors.Senseless(request, new OssAnswer(response, default, 0), "The answer is far too long");
            whole.Write(piece, 0, read);
        }
        return whole.ToArray();
    }

    // A proxy's or a portal's page can be a 200 as well; OSS numbers all that it answers, and can still change its mind after the 200.
    private OssAnswer OfOss(OssRequest request, OssAnswer answer)
    {
        if (answer.RequestId is null) throw errors.Senseless(request, answer, "The answer is not OSS's, for it has no x-oss-request-id");
        if (answer.Body.IsEmpty) return answer;
        if (OssXml.Parse(answer.Body)?.Name.LocalName is "Error") throw errors.Of(request, answer);
        return request.Method == HttpMethod.Get || request.Method == HttpMethod.Post ? answer : throw errors.Senseless(request, answer, "The answer says more than OSS does");
    }
}
