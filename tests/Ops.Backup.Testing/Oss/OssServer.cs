using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ops.Backup.Testing.Oss;

/// <summary>
/// An OSS of our own on a loopback port. It checks what it gets as OSS does: signature, region, time, token, checksums, parts.
/// By IP address it is addressed path-style; any other host name is <c>bucket.something</c>, or a bucket's own domain.
/// </summary>
public sealed class OssServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly OssServerOptions _options;
    private readonly OssState _state = new();
    private readonly OssLine _line;
    private readonly OssHandler _handler;
    private readonly ConcurrentDictionary<string, string> _cnames = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<OssServedRequest> _requests = new();

    // A request that hangs with its body unread waits neither for the socket nor for a timer, so nothing in the runtime refers to it. The garbage
    // collector would take it with its connection, and the client would see a reset instead of silence.
    private readonly ConcurrentDictionary<OssExchange, byte> _underWay = new();

    private readonly List<(OssOperation Operation, OssFault Fault)> _faults = [];
    private int _requestNumber;

    private OssServer(WebApplication app, OssServerOptions options)
    {
        (_app, _options) = (app, options);
        _line = new OssLine(options.Time);
        _handler = new OssHandler(options, _state);
    }

    /// <summary>For clients: <c>http://127.0.0.1:port</c>.</summary>
    public string Endpoint { get; private set; } = "";

    public int Port => new Uri(Endpoint).Port;

    public string AccessKeyId => _options.AccessKeyId;

    public string AccessKeySecret => _options.AccessKeySecret;

    public string Region => _options.Region;

    /// <summary>Before every answer.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Bodies of requests and answers together, over all connections; null for no limit.</summary>
    public long? BytesPerSecond { get => _line.BytesPerSecond; set => _line.BytesPerSecond = value; }

    /// <summary>By how much the server's clock is ahead.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <summary>The access key is a temporary one: without its token nobody knows it.</summary>
    public bool RequiresToken { get; set; }

    public IReadOnlyList<OssObject> Objects => _state.Objects;

    public IReadOnlyList<OssUpload> UnfinishedUploads => _state.Uploads;

    /// <summary>All requests in the order in which they came.</summary>
    public IReadOnlyList<OssServedRequest> Requests => [.. _requests];

    private DateTimeOffset Now => _options.Time.GetUtcNow() + ClockOffset;

    public static async Task<OssServer> StartAsync(OssServerOptions? options = null)
    {
        options ??= new OssServerOptions();
        if (options.Folder is not null) Directory.CreateDirectory(options.Folder);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        });
        var app = builder.Build();
        var server = new OssServer(app, options);
        app.Run(server.ServeAsync);
        await app.StartAsync();
        server.Endpoint = app.Urls.Single();
        return server;
    }

    /// <param name="cname">A domain that is the bucket's own.</param>
    public void AddBucket(string name, string? cname = null)
    {
        _state.AddBucket(name);
        if (cname is not null) _cnames[cname] = name;
    }

    /// <summary>Temporary credentials: requests that carry this token are let in until it expires.</summary>
    public void AddToken(string token, DateTimeOffset expiresAt) => _tokens[token] = expiresAt;

    /// <summary>The next so many calls of the operation go wrong. Faults of one operation are used up in the order in which they were planted.</summary>
    public void Fail(OssOperation operation, OssFault fault, int times = 1)
    {
        lock (_faults) _faults.AddRange(Enumerable.Repeat((operation, fault), times));
    }

    /// <summary>What was planted and has not happened yet never will.</summary>
    public void Heal()
    {
        lock (_faults) _faults.Clear();
    }

    /// <summary>An object's bytes, all in memory.</summary>
    public async Task<byte[]> ContentAsync(string bucket, string key)
    {
        var body = _state.Require(bucket, key).Body;
        using var whole = new MemoryStream();
        await foreach (var piece in body.ReadAsync(0, body.Length)) whole.Write(piece.Span);
        return whole.ToArray();
    }

    /// <summary>Stores an object without a request.</summary>
    public void Put(string bucket, string key, byte[] content)
    {
        _state.AddBucket(bucket);
        _state.Store(new OssObject(bucket, key, content.Length, PlainCrc64.Append(0, content), "0123456789ABCDEF0123456789ABCDEF", Now, new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase))
        {
            Body = new OssBytes([new OssPiece(content, null, content.Length)]),
        }, overwrite: true);
    }

    /// <summary>Changes a byte behind everybody's back; size and recorded CRC stay.</summary>
    public async Task DamageAsync(string bucket, string key)
    {
        var content = await ContentAsync(bucket, key);
        content[content.Length / 2] ^= 1;
        _state.Replace(bucket, key, stored => stored with { Body = new OssBytes([new OssPiece(content, null, content.Length)]) });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private OssFault? TakeFault(OssOperation operation)
    {
        lock (_faults)
        {
            var index = _faults.FindIndex(planted => planted.Operation == operation || planted.Operation is OssOperation.Any);
            if (index < 0) return null;
            var fault = _faults[index].Fault;
            _faults.RemoveAt(index);
            return fault;
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        var call = OssCall.Of(context, _cnames);
        var exchange = new OssExchange(call, _line, Now, Interlocked.Increment(ref _requestNumber).ToString("X24", CultureInfo.InvariantCulture));
        // Before the answer: who has that must find the request here.
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var served = new OssServedRequest(call.Operation, call.Method, exchange.Target, call.Bucket, call.Key, headers, Now);
        _requests.Enqueue(served);
        _underWay[exchange] = 0;
        try
        {
            if (Latency > TimeSpan.Zero) await Task.Delay(Latency, context.RequestAborted);
            exchange.Fault = TakeFault(call.Operation);
            new OssSignatureCheck(_options, _tokens, RequiresToken).Check(call, Now);
            if (!await exchange.FailBeforeAsync()) await _handler.HandleAsync(exchange);
            served.Status = context.Response.StatusCode;
        }
        catch (OssRefusal refusal)
        {
            served.Status = await exchange.RefuseAsync(refusal);
        }
        catch (OssBreak)
        {
            context.Abort();
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client went away.
        }
        finally
        {
            _underWay.TryRemove(exchange, out _);
            served.BytesIn = exchange.BytesIn;
        }
    }
}
