using System.Diagnostics;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Infrastructure.Stores.S3;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.S3;

public sealed class S3FaultTests(S3Server server) : S3Bench(server), IClassFixture<S3Server>
{
    private static readonly byte[] Part = Bytes(5 * 1024 * 1024);

    public static TheoryData<string> PassingFaults => ["500", "503", "SlowDown", "RequestTimeout", "reset", "reset in the middle", "lost answer", "hang", "flipped", "lying ETag"];

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task A_part_gets_across_all_the_same(string fault)
    {
        var client = Client();
        var key = Prefix + "faulty";
        Proxy.Faults = First(2, IsPart, Named(fault));
        var (id, parts) = await UploadAsync(client, key, Part, Bytes(10, 2));
        Proxy.Requests.Count(IsPart).ShouldBe(4);
        parts.Select(part => part.ETag).ShouldBe([Md5(Part), Md5(Bytes(10, 2))]);
        await client.CompleteUploadAsync(key, id, parts, overwrite: false, CancellationToken.None);
        (await ReadAsync(client, key)).ShouldBe([.. Part, .. Bytes(10, 2)]);
    }

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task A_small_object_gets_across_all_the_same(string fault)
    {
        var client = Client();
        var bytes = Bytes(100_000);
        Proxy.Faults = First(2, IsPut, Named(fault));
        var stored = await client.PutAsync(Prefix + "faulty", PartBody.Of(bytes), overwrite: false, CancellationToken.None);
        stored.Checksum.ShouldBe("etag:" + Md5(bytes));
        (await ReadAsync(client, Prefix + "faulty")).ShouldBe(bytes);
    }

    [Theory]
    [InlineData("500", StoreCodes.Failed)]
    [InlineData("503", StoreCodes.Throttled)]
    [InlineData("SlowDown", StoreCodes.Throttled)]
    [InlineData("reset", StoreCodes.Unreachable)]
    [InlineData("lying ETag", StoreCodes.Corrupted)]
    public async Task A_fault_that_does_not_pass_ends_after_some_attempts(string fault, string code)
    {
        Proxy.Faults = request => IsPart(request) ? Named(fault) : null;
        var failure = await FailsAsync(() => UploadAsync(Client(), Prefix + "faulty", Part));
        failure.Code.ShouldBe(code);
        failure.IsTransient.ShouldBeTrue();
        // HttpClient repeats by itself what breaks on a connection that it had used before.
        Proxy.Requests.Count(IsPart).ShouldBeGreaterThanOrEqualTo(Impatient.Attempts);
    }

    [Fact]
    public async Task A_server_that_lies_about_a_small_object_leaves_none_that_looks_whole()
    {
        var client = Client();
        Proxy.Faults = request => IsPut(request) ? Named("flipped") : null;
        (await FailsAsync(() => client.PutAsync(Prefix + "x", PartBody.Of(Part), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Corrupted);
        (await client.FindAsync(Prefix + "x", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_hang_is_given_up_after_the_idle_time_and_a_cancel_at_once()
    {
        Proxy.Faults = _ => new Fault.Hang();
        var clock = Stopwatch.StartNew();
        var client = Client(options: Impatient with { IdleTimeout = TimeSpan.FromMilliseconds(300), Attempts = 2 });
        var failure = await FailsAsync(() => client.FindAsync(Prefix + "x", CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Unreachable);
        failure.Message.ShouldContain("0.3 s");
        clock.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(0.55), TimeSpan.FromSeconds(10));

        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        clock.Restart();
        await Should.ThrowAsync<OperationCanceledException>(() => Client(options: new S3Options()).FindAsync(Prefix + "x", cancel.Token));
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_slow_upload_that_moves_is_no_hang()
    {
        // Larger by far than what the kernel takes in at once, which on a loaded machine passes in much less than the idle time.
        var bytes = Bytes(48 * 1024 * 1024);
        Proxy.BytesPerSecond = 10 * 1024 * 1024;
        var client = Client(options: Impatient with { IdleTimeout = TimeSpan.FromSeconds(3), Attempts = 1 });
        await client.PutAsync(Prefix + "slow", PartBody.Of(bytes), overwrite: true, CancellationToken.None);
        Proxy.BytesPerSecond = null;
        (await ReadAsync(client, Prefix + "slow")).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_lost_answer_to_the_joining_is_looked_for()
    {
        var client = Client();
        var (id, parts) = await UploadAsync(client, Prefix + "lost", Part, Part);
        Proxy.Faults = First(1, IsComplete, new Fault.LoseAnswer());
        var stored = await client.CompleteUploadAsync(Prefix + "lost", id, parts, overwrite: false, CancellationToken.None);
        stored.SizeBytes.ShouldBe(2 * Part.Length);
        (await ReadAsync(client, Prefix + "lost")).ShouldBe([.. Part, .. Part]);
    }

    [Fact]
    public async Task An_upload_that_is_gone_is_no_success_because_an_older_object_has_its_size()
    {
        var client = Client();
        await client.PutAsync(Prefix + "x", PartBody.Of(Bytes(Part.Length, 99)), overwrite: false, CancellationToken.None);
        var (id, parts) = await UploadAsync(client, Prefix + "x", Part);
        Proxy.Faults = request => IsComplete(request) ? Refusal(404, "NoSuchUpload") : null;
        (await FailsAsync(() => client.CompleteUploadAsync(Prefix + "x", id, parts, overwrite: true, CancellationToken.None))).Code.ShouldBe(StoreCodes.Missing);
    }

    [Fact]
    public async Task A_failure_inside_an_answer_that_begins_with_200_is_one()
    {
        var client = Client();
        var (id, parts) = await UploadAsync(client, Prefix + "x", Part);
        Proxy.Faults = First(2, IsComplete, Refusal(200, "InternalError"));
        (await client.CompleteUploadAsync(Prefix + "x", id, parts, overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(Part.Length);
        Proxy.Requests.Count(IsComplete).ShouldBe(3);
    }

    [Fact]
    public async Task A_stored_object_of_another_size_is_not_taken_for_stored()
    {
        var client = Client();
        var (id, parts) = await UploadAsync(client, Prefix + "x", Part, Part);
        // The server forgets the second part.
        Proxy.Faults = request => request.Method == "HEAD" && Proxy.Requests.Any(IsComplete) ? new Fault.Rewrite("Content-Length", "5242880") : null;
        var failure = await FailsAsync(() => client.CompleteUploadAsync(Prefix + "x", id, parts, overwrite: false, CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Corrupted);
        failure.Message.ShouldContain("10485760");
    }

    [Fact]
    public async Task A_download_that_breaks_goes_on_where_it_broke()
    {
        var client = Client();
        await client.PutAsync(Prefix + "x", PartBody.Of(Part), overwrite: false, CancellationToken.None);
        Proxy.Faults = First(3, IsGet, new Fault.CutAnswer(100_000));
        (await ReadAsync(client, Prefix + "x")).ShouldBe(Part);
        Proxy.Requests.Count(IsGet).ShouldBe(4);
        Proxy.Faults = First(3, IsGet, new Fault.CutAnswer(100_000));
        (await ReadAsync(client, Prefix + "x", 1_000, 1_000_000)).ShouldBe(Part[1_000..1_001_000]);
        Proxy.Requests.Last(IsGet).Headers["Range"].ShouldMatch("^bytes=[1-9][0-9]{4,}-1000999$");
    }

    [Fact]
    public async Task A_download_is_not_pieced_together_from_two_objects()
    {
        var client = Client();
        await client.PutAsync(Prefix + "x", PartBody.Of(Part), overwrite: false, CancellationToken.None);
        Proxy.Faults = First(1, IsGet, new Fault.CutAnswer(100_000));
        await using var stream = await client.ReadAsync(Prefix + "x", 0, null, CancellationToken.None);
        await stream.ReadExactlyAsync(new byte[1000]);
        Proxy.Faults = request => IsGet(request) && request.Headers.ContainsKey("If-Match") ? Refusal(412, "PreconditionFailed") : null;
        var failure = await FailsAsync(() => stream.CopyToAsync(Stream.Null));
        failure.Code.ShouldBe(StoreCodes.Corrupted);
        failure.Message.ShouldContain("replaced");
    }

    [Fact]
    public async Task A_download_that_never_moves_fails_in_the_end()
    {
        var client = Client();
        await client.PutAsync(Prefix + "x", PartBody.Of(Part), overwrite: false, CancellationToken.None);
        Proxy.Faults = request => IsGet(request) ? new Fault.CutAnswer(0) : null;
        (await FailsAsync(async () => await ReadAsync(client, Prefix + "x"))).Code.ShouldBe(StoreCodes.Unreachable);
    }

    [Theory]
    [InlineData(403, "InvalidAccessKeyId", StoreCodes.WrongKey)]
    [InlineData(403, "SignatureDoesNotMatch", StoreCodes.WrongKey)]
    [InlineData(400, "ExpiredToken", StoreCodes.TokenExpired)]
    [InlineData(400, "AuthorizationHeaderMalformed", StoreCodes.WrongRegion)]
    [InlineData(301, "PermanentRedirect", StoreCodes.WrongRegion)]
    [InlineData(400, "IllegalLocationConstraintException", StoreCodes.WrongRegion)]
    [InlineData(404, "NoSuchBucket", StoreCodes.NoBucket)]
    [InlineData(403, "AccessDenied", StoreCodes.Denied)]
    [InlineData(403, "RequestTimeTooSkewed", StoreCodes.ClockSkew)]
    [InlineData(412, "PreconditionFailed", StoreCodes.Exists)]
    [InlineData(507, "XMinioStorageFull", StoreCodes.Full)]
    [InlineData(400, "SomethingNew", StoreCodes.Failed)]
    public async Task A_refusal_has_its_code_and_says_what_to_do_once(int status, string error, string code)
    {
        Proxy.Faults = _ => Refusal(status, error, "it ends with TOKENSECRET here");
        var key = new StoreCredentials(S3Server.AccessKeyId, "SECRETSECRET", "TOKENSECRET");
        var failure = await FailsAsync(() => Client(key: key).BeginUploadAsync(Prefix + "x", CancellationToken.None));
        failure.Code.ShouldBe(code);
        failure.IsTransient.ShouldBeFalse();
        failure.Message.ShouldContain(error);
        failure.Message.ShouldContain("REQ4711");
        failure.Message.ShouldContain(Prefix + "x");
        failure.Message.ShouldNotContain("TOKENSECRET");
        Proxy.Requests.ShouldHaveSingleItem();
        Proxy.Requests[0].Headers["x-amz-security-token"].ShouldBe("TOKENSECRET");
    }

    [Fact]
    public async Task A_denied_delete_is_a_failure_and_not_a_deleted_object()
    {
        var client = Client();
        await client.PutAsync(Prefix + "x", PartBody.Of(Part), overwrite: false, CancellationToken.None);
        Proxy.Faults = request => request.Method == "DELETE" ? Refusal(403, "AccessDenied") : null;
        (await FailsAsync(() => client.DeleteAsync(Prefix + "x", CancellationToken.None))).Code.ShouldBe(StoreCodes.Denied);
        (await client.FindAsync(Prefix + "x", CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unreachable()
    {
        await Proxy.DisposeAsync();
        var failure = await FailsAsync(() => Client(options: Impatient with { Attempts = 2 }).FindAsync("x", CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Unreachable);
        failure.Message.ShouldContain(Settings.Endpoint!);
        (await FailsAsync(() => Client().ClockSkewAsync(CancellationToken.None))).Code.ShouldBe(StoreCodes.Unreachable);
    }

    private static Fault Named(string fault) => fault switch
    {
        "500" => Refusal(500, "InternalError"),
        "503" => new Fault.Answer(503, "<html>busy</html>", "text/html"),
        "SlowDown" => Refusal(503, "SlowDown"),
        "RequestTimeout" => Refusal(400, "RequestTimeout"),
        "reset" => new Fault.Reset(),
        "reset in the middle" => new Fault.Reset(50_000),
        "lost answer" => new Fault.LoseAnswer(),
        "hang" => new Fault.Hang(),
        "flipped" => new Fault.Flip(7),
        "lying ETag" => new Fault.Rewrite("ETag", $"\"{new string('0', 32)}\""),
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}
