using System.Net;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

public sealed class OssPresignTests : IAsyncLifetime
{
    private const string Key = "备份/a b+%'1'.dump";
    private const string Token = "temporary+/=token";

    private static readonly byte[] Content = [1, 2, 3, 4];

    private HttpClient _http = null!;
    private OssLab _lab = null!;

    public async Task InitializeAsync()
    {
        (_lab, _http) = (await OssLab.StartAsync(), new HttpClient());
        _lab.Server.Put(OssLab.Bucket, Key, Content);
        _lab.Server.AddToken(Token, DateTimeOffset.UtcNow.AddHours(1));
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _lab.DisposeAsync();
    }

    [Theory]
    [InlineData(OssSignature.V4, null)]
    [InlineData(OssSignature.V4, Token)]
    [InlineData(OssSignature.V1, null)]
    [InlineData(OssSignature.V1, Token)]
    public async Task Anybody_can_fetch_by_a_link(OssSignature signature, string? token)
    {
        _lab.Server.RequiresToken = token is not null;
        using var answer = await _http.GetAsync(Link(signature, TimeSpan.FromMinutes(5), token: token));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Content);
        answer.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe("订单 \"1\".dump");
    }

    [Theory]
    [InlineData(OssSignature.V4)]
    [InlineData(OssSignature.V1)]
    public async Task The_link_works_as_text_too(OssSignature signature)
    {
        using var answer = await _http.GetAsync(Link(signature, TimeSpan.FromMinutes(5)).AbsoluteUri);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(OssSignature.V4)]
    [InlineData(OssSignature.V1)]
    public async Task A_link_that_has_expired_is_refused(OssSignature signature)
    {
        using var answer = await _http.GetAsync(Link(signature, TimeSpan.FromMinutes(5), ago: TimeSpan.FromMinutes(6)));
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("expired");
    }

    [Theory]
    [InlineData(OssSignature.V4, "a%20b", "a%20c")]
    [InlineData(OssSignature.V4, "x-oss-expires=300", "x-oss-expires=301")]
    [InlineData(OssSignature.V4, ".dump%22", ".exe%22")]
    [InlineData(OssSignature.V1, "a%20b", "a%20c")]
    [InlineData(OssSignature.V1, "Expires=1", "Expires=2")]
    [InlineData(OssSignature.V1, ".dump%22", ".exe%22")]
    public async Task A_link_that_was_changed_is_refused(OssSignature signature, string from, string to)
    {
        var link = Link(signature, TimeSpan.FromMinutes(5)).AbsoluteUri;
        link.ShouldContain(from);
        using var answer = await _http.GetAsync(link.Replace(from, to, StringComparison.Ordinal));
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("SignatureDoesNotMatch");
    }

    [Fact]
    public async Task A_link_is_for_reading_only()
    {
        using var answer = await _http.DeleteAsync(Link(OssSignature.V4, TimeSpan.FromMinutes(5)));
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        _lab.Server.Objects.Count.ShouldBe(1);
    }

    [Fact]
    public void The_secret_is_not_in_the_link() => Link(OssSignature.V4, TimeSpan.FromMinutes(5)).AbsoluteUri.ShouldNotContain(_lab.Server.AccessKeySecret);

    private Uri Link(OssSignature signature, TimeSpan validFor, TimeSpan ago = default, string? token = null) =>
        _lab.Client(_lab.Settings with { Signature = signature }, _lab.Credentials with { SecurityToken = token }, new FakeTime(DateTimeOffset.UtcNow - ago))
            .Presign(Key, validFor, "订单 \"1\".dump");
}
