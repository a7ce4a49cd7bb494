using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Oss;
using Ops.Backup.Testing;
using Ops.Backup.Testing.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

/// <summary>What OSS refuses, the code that it gets, and that nothing secret stands in the message.</summary>
public sealed class OssRefusalTests : IAsyncLifetime
{
    private const string Token = "a-token-that-no-message-shows";
    private const string WrongSecret = "the-wrong-secret-that-no-message-shows";

    private OssLab _lab = null!;

    public async Task InitializeAsync() => _lab = await OssLab.StartAsync();

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Theory]
    [InlineData(OssSignature.V4)]
    [InlineData(OssSignature.V1)]
    public Task A_wrong_secret(OssSignature signature) =>
        RefusedAsync(_lab.Client(_lab.Settings with { Signature = signature }, _lab.Credentials with { AccessKeySecret = WrongSecret }), StoreCodes.WrongKey, "SignatureDoesNotMatch");

    [Fact]
    public Task An_unknown_key() => RefusedAsync(_lab.Client(credentials: _lab.Credentials with { AccessKeyId = "somebody" }), StoreCodes.WrongKey, "InvalidAccessKeyId");

    [Fact]
    public void No_key_at_all() =>
        Should.Throw<StoreException>(() => _lab.Client(credentials: new StoreCredentials("id"))).Code.ShouldBe(StoreCodes.WrongKey);

    [Fact]
    public Task A_wrong_region() => RefusedAsync(_lab.Client(_lab.Settings with { Region = "cn-beijing" }), StoreCodes.WrongRegion, "InvalidArgument");

    [Fact]
    public async Task A_bucket_of_another_region()
    {
        _lab.Server.Fail(OssOperation.Any, OssFault.Error(403, "AccessDenied", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."), 100);
        await RefusedAsync(_lab.Client(), StoreCodes.WrongRegion, "AccessDenied");
    }

    [Fact]
    public Task A_missing_bucket() => RefusedAsync(_lab.Client(_lab.Settings with { Bucket = "no-such-bucket" }), StoreCodes.NoBucket, "NoSuchBucket");

    [Theory]
    [InlineData(OssSignature.V4)]
    [InlineData(OssSignature.V1)]
    public async Task A_token_that_has_expired(OssSignature signature)
    {
        _lab.Server.AddToken(Token, DateTimeOffset.UtcNow.AddMinutes(-1));
        await RefusedAsync(_lab.Client(_lab.Settings with { Signature = signature }, _lab.Credentials with { SecurityToken = Token }), StoreCodes.TokenExpired, "SecurityTokenExpired");
    }

    [Theory]
    [InlineData(OssSignature.V4)]
    [InlineData(OssSignature.V1)]
    public async Task A_token_that_is_valid_is_let_in_and_signed(OssSignature signature)
    {
        _lab.Server.AddToken(Token, DateTimeOffset.UtcNow.AddMinutes(1));
        _lab.Server.RequiresToken = true;
        var client = _lab.Client(_lab.Settings with { Signature = signature }, _lab.Credentials with { SecurityToken = Token });
        await client.PutAsync("a", OssLab.Body([1]), overwrite: false, CancellationToken.None);
        _lab.Server.Requests.ShouldAllBe(request => request.Headers["x-oss-security-token"] == Token);
    }

    [Fact]
    public Task A_token_that_is_none() => RefusedAsync(_lab.Client(credentials: _lab.Credentials with { SecurityToken = Token }), StoreCodes.TokenExpired, "InvalidSecurityToken");

    [Theory]
    [InlineData(OssSignature.V4, 16)]
    [InlineData(OssSignature.V4, -16)]
    [InlineData(OssSignature.V1, 16)]
    [InlineData(OssSignature.V1, -16)]
    public async Task A_clock_that_is_wrong_is_reported_and_not_worked_around(OssSignature signature, int minutes)
    {
        _lab.Server.ClockOffset = TimeSpan.FromMinutes(minutes);
        var client = _lab.Client(_lab.Settings with { Signature = signature });
        await RefusedAsync(client, StoreCodes.ClockSkew, "RequestTimeTooSkewed");
        (await client.ClockSkewAsync(CancellationToken.None))!.Value.ShouldBe(TimeSpan.FromMinutes(minutes), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_small_difference_of_the_clocks_is_told_too()
    {
        var time = new FakeTime(DateTimeOffset.UtcNow.AddMinutes(-3));
        (await _lab.Client(time: time).ClockSkewAsync(CancellationToken.None))!.Value.ShouldBe(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(5));
        (await _lab.Client().ClockSkewAsync(CancellationToken.None))!.Value.ShouldBe(TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task No_right_to_delete()
    {
        _lab.Server.Put(OssLab.Bucket, "a", [1]);
        _lab.Server.Fail(OssOperation.DeleteObject, OssFault.Denied);
        var error = await Should.ThrowAsync<StoreException>(() => _lab.Client().DeleteAsync("a", CancellationToken.None));
        error.Code.ShouldBe(StoreCodes.Denied);
        error.Message.ShouldContain("DeleteObject of oss://backups/a");
        _lab.Server.Objects.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_echoes_our_secrets_is_redacted_and_cut()
    {
        _lab.Server.AddToken(Token, DateTimeOffset.UtcNow.AddHours(1));
        _lab.Server.Fail(OssOperation.Any, OssFault.Error(400, "Odd", $"We got {_lab.Server.AccessKeySecret} and {Token}\u200b from you. {new string('x', 1000)}"), 100);
        await RefusedAsync(_lab.Client(credentials: _lab.Credentials with { SecurityToken = Token }), StoreCodes.Failed, "Odd");
    }

    [Theory]
    [InlineData(403, "UserDisable", StoreCodes.Denied)]
    [InlineData(403, "FileImmutable", StoreCodes.Denied)]
    [InlineData(403, "SecondLevelDomainForbidden", StoreCodes.Failed)]
    [InlineData(507, "InsufficientStorage", StoreCodes.Full)]
    [InlineData(301, "", StoreCodes.WrongRegion)]
    [InlineData(403, "SomethingNew", StoreCodes.Denied)]
    public async Task Other_refusals(int status, string ossCode, string code)
    {
        _lab.Server.Fail(OssOperation.Any, OssFault.Error(status, ossCode, "In the server's words."), 100);
        (await Should.ThrowAsync<StoreException>(() => _lab.Client().DeleteAsync("a", CancellationToken.None))).Code.ShouldBe(code);
    }

    // Whatever the call, one try is enough, and the message has the id for OSS's support and none of our secrets.
    private async Task RefusedAsync(OssClient client, string code, string ossCode)
    {
        Func<Task>[] calls =
        [
            () => client.PutAsync("a", OssLab.Body(OssLab.Bytes(200_000)), overwrite: false, CancellationToken.None),
            () => client.BeginUploadAsync("a", CancellationToken.None),
            () => client.FindAsync("a", CancellationToken.None),
            () => client.ReadAsync("a", 0, null, CancellationToken.None),
            () => OssLab.AllAsync(client.ListAsync("", CancellationToken.None)),
            () => client.DeleteAsync("a", CancellationToken.None),
        ];
        foreach (var (index, call) in calls.Index())
        {
            var before = _lab.Server.Requests.Count;
            var error = await Should.ThrowAsync<StoreException>(call);
            error.Code.ShouldBe(code, $"call {index}");
            error.IsTransient.ShouldBeFalse();
            error.Message.ShouldContain(ossCode);
            error.Message.ShouldContain("x-oss-request-id 0");
            error.Message.Length.ShouldBeLessThan(600);
            foreach (var secret in (string[])[_lab.Server.AccessKeySecret, WrongSecret, Token, "Signature=", "\u200b"]) error.ToString().ShouldNotContain(secret);
            _lab.Server.Requests.Count.ShouldBe(before + 1);
        }
        _lab.Server.Objects.ShouldBeEmpty();
    }
}
