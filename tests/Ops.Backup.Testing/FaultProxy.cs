using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ops.Backup.Testing;

/// <summary>
/// A TCP proxy on a loopback port that slows down and breaks what passes through. It passes any protocol on, byte by byte; of HTTP/1.1 it also
/// understands requests and answers, so that a single one can be hit. The bytes are not changed otherwise, so signatures stay valid.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    private readonly ConcurrentQueue<ProxiedRequest> _requests = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly int _target;
    private readonly bool _isHttp;
    private readonly Task _accepting;
    private long _bytesFromClient;
    private int _disposed;

    /// <param name="targetPort">The server's port on loopback.</param>
    /// <param name="isHttp">False: only <see cref="Latency"/>, <see cref="BytesPerSecond"/>, <see cref="CutAfterBytes"/>, <see cref="IsHanging"/> and <see cref="Cut"/> have an effect.</param>
    public FaultProxy(int targetPort, bool isHttp = true)
    {
        (_target, _isHttp) = (targetPort, isHttp);
        (ToServer, ToClient) = (new SlowLine(this), new SlowLine(this));
        // A large one would take in megabytes that a slow line has not moved yet.
        _listener.Server.ReceiveBufferSize = 256 * 1024;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>How long a byte takes, in each direction. It does not slow down a stream.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Of all connections together, in each direction; null for no limit.</summary>
    public long? BytesPerSecond { get; set; }

    /// <summary>Bytes that may still come from the clients; then every connection is reset.</summary>
    public long? CutAfterBytes { get; set; }

    /// <summary>Nothing moves any more, and nothing is closed.</summary>
    public bool IsHanging { get; set; }

    /// <summary>Says of each HTTP request what is to happen to it; null to let it pass. It may be called by several connections at a time.</summary>
    public Func<ProxiedRequest, Fault?> Faults { get; set; } = _ => null;

    /// <summary>The HTTP requests that came, in their order.</summary>
    public IReadOnlyList<ProxiedRequest> Requests => [.. _requests];

    /// <summary>What came from the clients so far.</summary>
    public long BytesFromClient => Interlocked.Read(ref _bytesFromClient);

    internal SlowLine ToServer { get; }

    internal SlowLine ToClient { get; }

    /// <summary>Resets every open connection.</summary>
    public void Cut()
    {
        foreach (var socket in _open.Keys) Reset(socket);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
        _listener.Dispose();
    }

    internal void Came(ProxiedRequest request) => _requests.Enqueue(request);

    /// <summary>Counts bytes from a client, and does to the connections what is due.</summary>
    internal async Task CameAsync(int bytes, CancellationToken cancellationToken)
    {
        var all = Interlocked.Add(ref _bytesFromClient, bytes);
        if (CutAfterBytes is { } limit && all >= limit)
        {
            Cut();
            throw new IOException("cut");
        }
        await HangAsync(cancellationToken);
    }

    internal async Task HangAsync(CancellationToken cancellationToken)
    {
        while (IsHanging) await Task.Delay(20, cancellationToken);
    }

    internal static void Reset(TcpClient socket)
    {
        try
        {
            // Without lingering, closing sends a reset.
            if (socket.Client is { } connected) connected.LingerState = new LingerOption(enable: true, 0);
            socket.Close();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _connections.Add(Task.Run(() => ServeAsync(client)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        _open[client] = _open[server] = 0;
        try
        {
            client.NoDelay = server.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            if (!_isHttp) await RelayAsync(client, server);
            else await RelayHttpAsync(client, server);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection has ended, by whomever.
        }
        finally
        {
            // What broke on one side is to be seen as broken on the other, not as an end.
            Reset(server);
            Reset(client);
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task RelayHttpAsync(TcpClient client, TcpClient server)
    {
        // Closed by its own means it would end in order; the reset comes first.
        var relay = new HttpRelay(this, client, server);
        try
        {
            await relay.RunAsync(_stop.Token);
        }
        finally
        {
            Reset(server);
            Reset(client);
            relay.Dispose();
        }
    }

    private async Task RelayAsync(TcpClient client, TcpClient server)
    {
        var there = ToServer.PumpAsync(client, server, isFromClient: true, _stop.Token);
        var back = ToClient.PumpAsync(server, client, isFromClient: false, _stop.Token);
        await await Task.WhenAny(there, back);
        await Task.WhenAll(there, back);
    }
}

/// <param name="Path">With the query.</param>
public sealed record ProxiedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers);

/// <summary>What befalls one HTTP request.</summary>
public abstract record Fault
{
    private Fault() { }

    /// <summary>The server is not asked; the body is taken in, and this is the answer.</summary>
    public sealed record Answer(int Status, string Body = "", string ContentType = "application/xml") : Fault
    {
        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
    }

    /// <summary>The connection is reset after so many bytes of the request's body.</summary>
    public sealed record Reset(long AfterBodyBytes = 0) : Fault;

    /// <summary>Nothing more is read or answered.</summary>
    public sealed record Hang : Fault;

    /// <summary>The server gets the request and answers, and the connection is reset instead of the answer.</summary>
    public sealed record LoseAnswer : Fault;

    /// <summary>The connection is reset after so many bytes of the answer's body.</summary>
    public sealed record CutAnswer(long AfterBodyBytes) : Fault;

    /// <summary>A header of the answer is another; null to drop it.</summary>
    public sealed record Rewrite(string Header, string? Value) : Fault;

    /// <summary>A byte of the request's body is another.</summary>
    public sealed record Flip(long BodyByte) : Fault;

    /// <summary>Every occurrence in the answer's body is replaced; by a text of the same length.</summary>
    public sealed record Replace(string Text, string By) : Fault;
}
