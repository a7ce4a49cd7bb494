using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Rclone;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Rclone;

/// <summary>A real server, and stores that reach it by a configuration of their own.</summary>
public abstract class RcloneBench : IAsyncLifetime, IDisposable
{
    protected const string Remote = "test remote";

    internal static readonly RcloneOptions Impatient = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(3),
        IdleTimeout = TimeSpan.FromSeconds(3),
        FinishTimeout = TimeSpan.FromSeconds(10),
        FirstPause = TimeSpan.FromMilliseconds(20),
        Attempts = 2,
    };

    private readonly List<RcloneStore> _stores = [];
    private RcloneServer? _server;

    protected BlockPool Pool { get; } = new(4, 100_000);

    protected RcloneServer Server => _server!;

    protected virtual string Kind => "webdav";

    public async Task InitializeAsync() => _server = await RcloneServer.StartAsync(Kind);

    public async Task DisposeAsync()
    {
        foreach (var store in _stores) store.Dispose();
        await Server.DisposeAsync();
    }

    public void Dispose()
    {
        Pool.Dispose();
        GC.SuppressFinalize(this);
    }

    internal async Task<RcloneStore> StoreAsync(int? port = null, string password = RcloneServer.Password, RcloneOptions? options = null) =>
        Store(new StoreCredentials(RcloneConfig: await Server.ConfigAsync(Remote, port, password)), options: options);

    internal RcloneStore Store(StoreCredentials credentials, RcloneSettings? settings = null, RcloneOptions? options = null)
    {
        var store = new RcloneStore(settings ?? new RcloneSettings(Remote, "some folder/"), credentials, TimeProvider.System, options ?? Impatient);
        _stores.Add(store);
        return store;
    }

    internal async Task<StoredObject> PutAsync(RcloneStore store, string name, byte[] bytes, bool overwrite = false)
    {
        await using var staged = await store.StageAsync(name, Blocks(bytes), CancellationToken.None);
        Pool.Free.ShouldBe(Pool.Blocks);
        return await staged.PublishAsync(overwrite, CancellationToken.None);
    }

    internal IBlockReader Blocks(byte[] bytes) => new StreamBlocks(new MemoryStream(bytes), Pool);

    internal static async Task<byte[]> ReadAsync(RcloneStore store, string name, long offset = 0, long? length = null)
    {
        await using var stream = await store.ReadAsync(name, offset, length, CancellationToken.None);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    internal static byte[] Bytes(int count, int seed = 5)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static Task<StoreException> FailsAsync(Func<Task> call) => Should.ThrowAsync<StoreException>(call);

    /// <summary>The files that the server has.</summary>
    protected IReadOnlyList<string> Files() =>
        [.. Directory.EnumerateFiles(Server.Folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Server.Folder.Path, path))
            .Where(path => path.StartsWith("some folder", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
