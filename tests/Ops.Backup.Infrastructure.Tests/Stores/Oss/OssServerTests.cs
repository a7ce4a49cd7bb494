using System.Diagnostics;
using System.Net;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Oss;
using Ops.Backup.Testing.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

/// <summary>The tests' server does check what it gets, or the tests of the client would prove nothing.</summary>
public sealed class OssServerTests : IAsyncLifetime
{
    private OssLab _lab = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync() => (_lab, _http) = (await OssLab.StartAsync(), new HttpClient());

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_signature()
    {
        using var answer = await _http.GetAsync($"{_lab.Server.Endpoint}/{OssLab.Bucket}/a");
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==", "InvalidDigest")]
    [InlineData("Content-MD5", "CY9rzUYh03PK3k6DJie09g==", null)]
    [InlineData("x-oss-hash-crc64ecma", "1", "InvalidDigest")]
    [InlineData("x-oss-hash-crc64ecma", "18020588380933092773", null)]
    public async Task A_checksum_that_is_sent_along_must_fit(string name, string value, string? refusal) =>
        (await SendAsync([new(name, value)], signed => signed)).ShouldBe(refusal);

    [Fact]
    public async Task A_header_that_was_signed_must_arrive_as_it_was() =>
        (await SendAsync([new("x-oss-storage-class", "IA")], signed => [.. signed.Select(header => header.Key is "x-oss-storage-class" ? new(header.Key, "Archive") : header)])).ShouldBe("SignatureDoesNotMatch");

    [Fact]
    public async Task A_header_of_its_own_that_was_not_signed_is_refused() =>
        (await SendAsync([], signed => [.. signed, new("x-oss-forbid-overwrite", "true")])).ShouldBe("SignatureDoesNotMatch");

    [Fact]
    public async Task A_limited_line_is_shared()
    {
        _lab.Server.BytesPerSecond = 2_000_000;
        _lab.Server.Latency = TimeSpan.FromMilliseconds(100);
        var client = _lab.Client();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => client.PutAsync($"{number}", OssLab.Body(OssLab.Bytes(500_000)), overwrite: true, CancellationToken.None)));
        clock.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(1.1), TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public async Task A_silence_outlasts_a_garbage_collection(int afterBytes)
    {
        // Several, as the runtime may happen to hold on to one; and more bytes than the server buffers, or it would still listen for the rest.
        const int sends = 4;
        _lab.Server.Fail(OssOperation.PutObject, afterBytes == 0 ? OssFault.Hang : OssFault.HangInRequest(afterBytes), sends);
        var client = _lab.Client(options: OssLab.Impatient with { Attempts = 1, IdleTimeout = TimeSpan.FromSeconds(3) });
        var sending = Enumerable.Range(0, sends).Select(number => client.PutAsync($"{number}", new GeneratedBody(4 << 20), overwrite: true, CancellationToken.None)).ToList();
        while (_lab.Server.Requests.Count < sends && sending.TrueForAll(send => !send.IsCompleted)) await Task.Delay(10);
        await Task.Delay(500);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        foreach (var send in sending) (await Should.ThrowAsync<StoreException>(() => send)).Message.ShouldContain("No byte moved");
    }

    // "test", signed by the client's signer, and meddled with on the way.
    private async Task<string?> SendAsync(KeyValuePair<string, string>[] headers, Func<IEnumerable<KeyValuePair<string, string>>, IEnumerable<KeyValuePair<string, string>>> meddle)
    {
        var request = new OssRequest(HttpMethod.Put, "PutObject", "a") { Headers = headers };
        var signer = new OssV4Signer(OssLab.Bucket, _lab.Server.Region, OssKeys.Of(_lab.Credentials));
        using var message = new HttpRequestMessage(HttpMethod.Put, new OssAddress(_lab.Settings).Of(request)) { Content = new ByteArrayContent("test"u8.ToArray()) };
        foreach (var (name, value) in meddle(headers.Concat(signer.Sign(request, DateTimeOffset.UtcNow))))
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _http.SendAsync(message);
        return answer.IsSuccessStatusCode ? null : OssXml.Parse(await answer.Content.ReadAsByteArrayAsync())!.Text("Code");
    }
}
