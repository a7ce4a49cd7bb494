namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>Services that share one database on the source server, called node-1, node-2 and so on.</summary>
public sealed class Nodes : IAsyncDisposable
{
    private readonly SourceServer _server;
    private readonly TempFolder _keys = new("keys");
    private readonly List<ServiceSetup> _setups = [];
    private readonly Dictionary<string, RunningService> _running = new(StringComparer.Ordinal);

    private Nodes(SourceServer server) => _server = server;

    /// <summary>Between each node and the database, where they were asked for.</summary>
    public IReadOnlyList<FaultProxy> Proxies { get; private set; } = [];

    /// <summary>One that runs.</summary>
    public ServiceApi Any => _running.Values.Last().Api;

    public static Task<Nodes> StartAsync(SourceServer server, int count, Action<ServiceSetup> change) => StartAsync(server, count, (setup, _) => change(setup));

    public static async Task<Nodes> StartAsync(SourceServer server, int count, Action<ServiceSetup, int>? change = null, bool throughProxy = false)
    {
        var nodes = new Nodes(server);
        var database = new Npgsql.NpgsqlConnectionStringBuilder(await server.ServiceDatabaseAsync());
        if (throughProxy) nodes.Proxies = [.. Enumerable.Range(0, count).Select(_ => new FaultProxy(database.Port, isHttp: false))];
        for (var number = 0; number < count; number++)
        {
            var own = new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString);
            if (throughProxy) (own.Host, own.Port) = ("127.0.0.1", nodes.Proxies[number].Port);
            var setup = new ServiceSetup(own.ConnectionString).With("Service__NodeName", $"node-{number + 1}").With("Service__KeyFolder", nodes._keys.File("keys"))
                .With("Backup__LockWaitSeconds", "120");
            change?.Invoke(setup, number);
            nodes._setups.Add(setup);
            await nodes.StartAgainAsync($"node-{number + 1}");
        }
        return nodes;
    }

    public async Task StartAgainAsync(string name) => _running[name] = await RunningService.StartAsync(_setups.Single(setup => setup.Settings["Service__NodeName"] == name));

    public RunningService At(string name) => _running[name];

    /// <summary>It does not run any more.</summary>
    public void Forget(RunningService node) => _running.Remove(_running.Single(running => running.Value == node).Key);

    /// <summary>A small database, as a source.</summary>
    public async Task<string> AddSourceAsync(string name)
    {
        var database = await _server.SmallAsync();
        await Any.AddSourceAsync(_server.AsSource(name, database));
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _running.Values) await node.DisposeAsync();
        foreach (var proxy in Proxies) await proxy.DisposeAsync();
        foreach (var setup in _setups) setup.Dispose();
        _keys.Dispose();
    }
}
