using System.Security.Cryptography;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Infrastructure.Stores.S3;
using Ops.Backup.Testing;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.S3;

/// <summary>A real server, a proxy before it, and a client that goes through the proxy.</summary>
public abstract class S3Bench : IAsyncLifetime
{
    internal static readonly S3Options Impatient = new()
    {
        IdleTimeout = TimeSpan.FromSeconds(2),
        CompleteTimeout = TimeSpan.FromSeconds(3),
        FirstPause = TimeSpan.FromMilliseconds(10),
        Attempts = 4,
    };

    internal static readonly StoreCredentials Key = new(S3Server.AccessKeyId, S3Server.AccessKeySecret);

    private readonly List<IDisposable> _clients = [];

    protected S3Bench(S3Server server)
    {
        Server = server;
        Proxy = new FaultProxy(server.Port);
    }

    protected S3Server Server { get; }

    protected FaultProxy Proxy { get; }

    /// <summary>Of this test alone.</summary>
    protected string Prefix { get; } = $"postgres/{RandomNumberGenerator.GetHexString(8, lowercase: true)}/";

    internal S3Settings Settings => new(S3Server.Bucket, "us-east-1", Proxy.Url, Prefix, PathStyle: true);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await Proxy.DisposeAsync();
    }

    internal IObjectClient Client(S3Settings? settings = null, StoreCredentials? key = null, S3Options? options = null)
    {
        var client = new S3Client(settings ?? Settings, key ?? Key, TimeProvider.System, options ?? Impatient);
        _clients.Add(client);
        return client;
    }

    internal static byte[] Bytes(int count, int seed = 7)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static string Md5(byte[] bytes) => Convert.ToHexStringLower(Hash(bytes));

    internal static async Task<byte[]> ReadAsync(IObjectClient client, string key, long offset = 0, long? length = null)
    {
        await using var stream = await client.ReadAsync(key, offset, length, CancellationToken.None);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    internal static async Task<(string UploadId, List<UploadedPart> Parts)> UploadAsync(IObjectClient client, string key, params byte[][] parts)
    {
        var id = await client.BeginUploadAsync(key, CancellationToken.None);
        var done = new List<UploadedPart>();
        for (var i = 0; i < parts.Length; i++) done.Add(await client.UploadPartAsync(key, id, i + 1, PartBody.Of(parts[i]), CancellationToken.None));
        return (id, done);
    }

    /// <summary>The first so many requests of this kind.</summary>
    internal static Func<ProxiedRequest, Fault?> First(int count, Func<ProxiedRequest, bool> which, Fault fault)
    {
        var seen = 0;
        return request => which(request) && Interlocked.Increment(ref seen) <= count ? fault : null;
    }

    internal static bool IsPart(ProxiedRequest request) => request.Method == "PUT" && request.Path.Contains("partNumber=", StringComparison.Ordinal);

    internal static bool IsPut(ProxiedRequest request) => request.Method == "PUT" && !IsPart(request);

    internal static bool IsComplete(ProxiedRequest request) => request.Method == "POST" && request.Path.Contains("uploadId=", StringComparison.Ordinal);

    internal static bool IsGet(ProxiedRequest request) => request.Method == "GET";

    internal static Fault Refusal(int status, string code, string words = "words") =>
        new Fault.Answer(status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{words}</Message><RequestId>REQ4711</RequestId></Error>");

    internal static Task<StoreException> FailsAsync(Func<Task> call) => Shouldly.Should.ThrowAsync<StoreException>(call);

#pragma warning disable CA5351 // S3's ETags are MD5
    private static byte[] Hash(byte[] bytes) => MD5.HashData(bytes);
#pragma warning restore CA5351
}
