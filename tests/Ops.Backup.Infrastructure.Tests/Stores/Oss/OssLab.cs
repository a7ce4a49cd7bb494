using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Infrastructure.Stores.Oss;
using Ops.Backup.Testing.Oss;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

/// <summary>A server with one bucket, and impatient clients for it.</summary>
internal sealed class OssLab : IAsyncDisposable
{
    public const string Bucket = "backups";

    public static readonly OssClientOptions Impatient = new()
    {
        Attempts = 4,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        IdleTimeout = TimeSpan.FromSeconds(20),
        FirstPause = TimeSpan.FromMilliseconds(1),
        LongestPause = TimeSpan.FromMilliseconds(5),
    };

    private readonly List<OssClient> _clients = [];

    private OssLab(OssServer server) => Server = server;

    public OssServer Server { get; }

    public static async Task<OssLab> StartAsync(OssServerOptions? options = null)
    {
        var server = await OssServer.StartAsync(options);
        server.AddBucket(Bucket);
        return new OssLab(server);
    }

    public OssSettings Settings => new(Bucket, Server.Endpoint, Server.Region, Addressing: Addressing.Path);

    public StoreCredentials Credentials => new(Server.AccessKeyId, Server.AccessKeySecret);

    public OssClient Client(OssSettings? settings = null, StoreCredentials? credentials = null, TimeProvider? time = null, OssClientOptions? options = null)
    {
        var client = new OssClient(settings ?? Settings, credentials ?? Credentials, time ?? TimeProvider.System, options ?? Impatient);
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await Server.DisposeAsync();
    }

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static PartBody Body(byte[] bytes) => PartBody.Of(bytes);

    public static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using (stream)
        {
            using var whole = new MemoryStream();
            await stream.CopyToAsync(whole);
            return whole.ToArray();
        }
    }

    /// <summary>Uploads parts of 100 KiB and a short last one, and leaves them unjoined.</summary>
    public static async Task<(string UploadId, List<UploadedPart> Parts)> UploadAsync(IObjectClient client, string key, byte[] content)
    {
        var id = await client.BeginUploadAsync(key, CancellationToken.None);
        List<UploadedPart> parts = [];
        foreach (var (index, part) in content.Chunk(100 * 1024).Index()) parts.Add(await client.UploadPartAsync(key, id, index + 1, Body(part), CancellationToken.None));
        return (id, parts);
    }

    public static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        List<T> all = [];
        await foreach (var item in items) all.Add(item);
        return all;
    }
}
