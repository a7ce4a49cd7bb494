using Npgsql;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>A database server, the service, and its stores: <c>local</c> and <c>disk</c> in folders, <c>oss</c> and <c>s3</c> behind lines.</summary>
internal sealed class StoreLab : IAsyncDisposable
{
    private const int Port = 18_097;
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly PostgresCluster _cluster = new();

    private StoreLab() { }

    public TempFolder Folder { get; } = new("bench");

    public required ServiceProcess Service { get; set; }

    public required StoreServerProcess Oss { get; set; }

    public required StoreServerProcess S3 { get; set; }

    public int PostmasterId => _cluster.ProcessId ?? throw new InvalidOperationException("The cluster does not run.");

    public static async Task<StoreLab> StartAsync(StoreOptions options)
    {
        var lab = new StoreLab { Service = null!, Oss = null!, S3 = null! };
        try
        {
            await lab.StartAllAsync(options);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>A database of text in two tables, and a source of the same name.</summary>
    /// <param name="asLines">Short rows, which cost the server more a byte.</param>
    /// <returns>The bare programs on that database.</returns>
    public async Task<BareCommand> AddSourceAsync(string name, int megabytes, bool asLines = false)
    {
        var source = new NpgsqlConnectionStringBuilder(await _cluster.CreateDatabaseAsync(name));
        await using (var connection = new NpgsqlConnection(source.ConnectionString))
        {
            await connection.OpenAsync();
            var rows = new TextRows();
            foreach (var table in (string[])["first", "second"])
                await (asLines ? rows.FillLinesAsync(connection, table, megabytes * 500_000L) : rows.FillDocumentsAsync(connection, table, megabytes * 500_000L));
        }
        await Service.AddSourceAsync(new { name, host = source.Host, port = source.Port, database = name, user = source.Username, password = source.Password });
        return new BareCommand(_cluster, source, Folder.File("bare"));
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var started)) await started.DisposeAsync();
        Folder.Dispose();
    }

    private async Task StartAllAsync(StoreOptions options)
    {
        _started.Push(_cluster);
        await _cluster.StartAsync();
        _started.Push(Oss = await StoreServerProcess.StartOssAsync(options.OssBytesPerSecond));
        _started.Push(S3 = await StoreServerProcess.StartS3Async(options.S3BytesPerSecond));
        _started.Push(Service = await ServiceProcess.StartAsync(await _cluster.CreateDatabaseAsync("service"), Folder, Port));
        await Service.AddStoreAsync(new { name = "disk", kind = "local", settings = new { folder = Folder.File("disk") } });
        await Service.AddStoreAsync(Oss.Definition);
        await Service.AddStoreAsync(S3.Definition);
    }
}
