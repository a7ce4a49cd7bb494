using System.Globalization;
using Ops.Backup.Infrastructure.Stores.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

/// <summary>Signatures that Aliyun has published with their inputs: the values of its documentation and of its SDKs' own tests.</summary>
public sealed class OssSignatureVectorTests
{
    private static readonly KeyValuePair<string, string?>[] Query =
        [new("param1", "value1"), new("+param1", "value3"), new("|param1", "value4"), new("+param2", ""), new("|param2", ""), new("param2", "")];

    private static readonly KeyValuePair<string, string>[] Headers = [new("x-oss-head1", "value"), new("abc", "value"), new("ZAbc", "value"), new("XYZ", "value")];

    [Theory]
    [InlineData(null, 1702743657, "20231216", "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe")]
    [InlineData("token", 1702784856, "20231217", "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea")]
    public void V4_in_the_header(string? token, long time, string day, string signature)
    {
        var signed = V4(token).Sign(Put("text/plain"), DateTimeOffset.FromUnixTimeSeconds(time));
        signed.ShouldContain(new KeyValuePair<string, string>("Authorization", $"OSS4-HMAC-SHA256 Credential=ak/{day}/cn-hangzhou/oss/aliyun_v4_request,Signature={signature}"));
    }

    [Theory]
    [InlineData(null, 1702781677, "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe")]
    [InlineData("token", 1702785388, "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5")]
    public void V4_in_a_link(string? token, long time, string signature)
    {
        var signed = V4(token).Presign(Put("application/octet-stream"), DateTimeOffset.FromUnixTimeSeconds(time), TimeSpan.FromSeconds(599));
        signed.ShouldContain(new KeyValuePair<string, string?>("x-oss-signature", signature));
        signed.ShouldContain(new KeyValuePair<string, string?>("x-oss-expires", "599"));
    }

    [Fact]
    public void V4_links_live_for_seven_days_at_most() =>
        Should.Throw<ArgumentOutOfRangeException>(() => V4(null).Presign(Put("text/plain"), DateTimeOffset.UnixEpoch, TimeSpan.FromDays(7.001)));

    [Fact]
    public void V1_of_the_documentation()
    {
        var signer = new OssV1Signer("oss-example", new OssKeys("44CF9590006BF252F707", "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV", null));
        var request = new OssRequest(HttpMethod.Put, "PutObject", "nelson")
        {
            ContentType = "text/html",
            Headers = [new("Content-MD5", "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM="), new("X-OSS-Meta-Author", "foo@bar.com"), new("X-OSS-Magic", "abracadabra")],
        };
        signer.Sign(request, Time("Thu, 17 Nov 2005 18:49:58 GMT")).ShouldContain(new KeyValuePair<string, string>("Authorization", "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA="));
    }

    [Theory]
    [InlineData(null, "kSHKmLxlyEAKtZPkJhG9bZb5k7M=")]
    [InlineData("acl", "/afkugFbmWDQ967j1vr6zygBLQk=")]
    public void V1_in_the_header(string? parameter, string signature)
    {
        var request = new OssRequest(HttpMethod.Put, "PutObject", "nelson")
        {
            ContentType = "text/html",
            Query = parameter is null ? [] : [new(parameter, null)],
            Headers = [new("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw=="), new("x-oss-meta-author", "alice"), new("x-oss-meta-magic", "abracadabra"), new("x-oss-date", "Wed, 28 Dec 2022 10:27:41 GMT")],
        };
        new OssV1Signer("examplebucket", new OssKeys("ak", "sk", null)).Sign(request, Time("Wed, 28 Dec 2022 10:27:41 GMT"))
            .ShouldContain(new KeyValuePair<string, string>("Authorization", "OSS ak:" + signature));
    }

    [Theory]
    [InlineData(null, "key", 1699807420, "dcLTea+Yh9ApirQ8o8dOPqtvJXQ=")]
    [InlineData("token", "key+123", 1699808204, "jzKYRrM5y6Br0dRFPaTGOsbrDhY=")]
    public void V1_in_a_link(string? token, string key, long expires, string signature)
    {
        var request = new OssRequest(HttpMethod.Get, "GetObject", key) { Query = [new("versionId", "versionId")] };
        var validFor = TimeSpan.FromHours(1);
        new OssV1Signer("bucket", new OssKeys("ak", "sk", token)).Presign(request, DateTimeOffset.FromUnixTimeSeconds(expires) - validFor, validFor)
            .ShouldContain(new KeyValuePair<string, string?>("Signature", signature));
    }

    [Fact]
    public void V1_in_a_link_that_names_the_download()
    {
        var request = new OssRequest(HttpMethod.Get, "GetObject", "key")
        {
            ContentType = "application/octet-stream",
            Headers = Headers,
            // As published: the example's address has two question marks, so the version's value is an odd one.
            Query = [new("versionId", "versionId?param1=value1"), new("+param1", "value3"), new("response-content-disposition", "attachment; filename=example.txt")],
        };
        new OssV1Signer("bucket", new OssKeys("ak", "sk", "token")).Presign(request, DateTimeOffset.FromUnixTimeSeconds(1699808204 - 60), TimeSpan.FromSeconds(60))
            .ShouldContain(new KeyValuePair<string, string?>("Signature", "3GJoEOv5LX2ASp0HJk/hAk+qLJc="));
    }

    private static OssV4Signer V4(string? token) => new("bucket", "cn-hangzhou", new OssKeys("ak", "sk", token));

    private static OssRequest Put(string contentType) => new(HttpMethod.Put, "PutObject", "1234+-/123/1.txt") { ContentType = contentType, Headers = Headers, Query = Query };

    private static DateTimeOffset Time(string text) => DateTimeOffset.ParseExact(text, "r", CultureInfo.InvariantCulture);
}
