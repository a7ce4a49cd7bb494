using System.Net;
using System.Net.Sockets;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

public sealed class OssAddressingTests : IAsyncLifetime
{
    private OssLab _lab = null!;

    public async Task InitializeAsync() => _lab = await OssLab.StartAsync();

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Theory]
    [InlineData(Addressing.VirtualHost, OssSignature.V4, "http://oss-cn-hangzhou.example", "backups.oss-cn-hangzhou.example", "/a%2Bb/c%20d")]
    [InlineData(Addressing.VirtualHost, OssSignature.V1, "http://oss-cn-hangzhou.example", "backups.oss-cn-hangzhou.example", "/a%2Bb/c%20d")]
    [InlineData(Addressing.Cname, OssSignature.V4, "http://files.example", "files.example", "/a%2Bb/c%20d")]
    [InlineData(Addressing.Cname, OssSignature.V1, "http://files.example", "files.example", "/a%2Bb/c%20d")]
    [InlineData(Addressing.Path, OssSignature.V4, "http://127.0.0.1", "127.0.0.1", "/backups/a%2Bb/c%20d")]
    [InlineData(Addressing.Path, OssSignature.V1, "http://127.0.0.1", "127.0.0.1", "/backups/a%2Bb/c%20d")]
    [InlineData(Addressing.VirtualHost, OssSignature.V4, "http://127.0.0.1", "127.0.0.1", "/backups/a%2Bb/c%20d")]
    public async Task The_bucket_is_found_by(Addressing addressing, OssSignature signature, string endpoint, string host, string path)
    {
        _lab.Server.AddBucket(OssLab.Bucket, cname: "files.example");
        var settings = _lab.Settings with { Addressing = addressing, Signature = signature, Endpoint = $"{endpoint}:{_lab.Server.Port}" };
        var client = _lab.Client(settings, options: OssLab.Impatient with { Connect = LoopbackAsync });
        await client.PutAsync("a+b/c d", OssLab.Body([1, 2]), overwrite: false, CancellationToken.None);
        (await OssLab.AllAsync(client.ListAsync("a+", CancellationToken.None))).ShouldHaveSingleItem().Name.ShouldBe("a+b/c d");
        _lab.Server.Objects.ShouldHaveSingleItem().Bucket.ShouldBe(OssLab.Bucket);
        _lab.Server.Requests[0].Target.ShouldBe(path);
        _lab.Server.Requests[0].Headers["Host"].ShouldBe($"{host}:{_lab.Server.Port}");
        client.Presign("a+b/c d", TimeSpan.FromMinutes(1), "x").AbsoluteUri.ShouldStartWith($"http://{host}:{_lab.Server.Port}{path}?");
    }

    [Theory]
    [InlineData("oss-cn-hangzhou.aliyuncs.com", "https://backups.oss-cn-hangzhou.aliyuncs.com/k")]
    [InlineData("https://oss-cn-hangzhou.aliyuncs.com:8443", "https://backups.oss-cn-hangzhou.aliyuncs.com:8443/k")]
    [InlineData("http://oss.example", "http://backups.oss.example/k")]
    public void Without_a_scheme_it_is_https(string endpoint, string expected) =>
        new OssAddress(new OssSettings(OssLab.Bucket, endpoint)).Of(new OssRequest(HttpMethod.Get, "GetObject", "k")).AbsoluteUri.ShouldBe(expected);

    // In place of a name service: every name is this machine.
    private static async ValueTask<Stream> LoopbackAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
