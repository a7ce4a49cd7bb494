using System.Diagnostics;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Infrastructure.Stores.Oss;
using Ops.Backup.Testing.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

/// <summary>What goes wrong between us and OSS, and whether we try again.</summary>
public sealed class OssFaultTests : IAsyncLifetime
{
    private static readonly OssClientOptions Hasty = OssLab.Impatient with { IdleTimeout = TimeSpan.FromSeconds(1) };

    private readonly byte[] _content = OssLab.Bytes(400_000);
    private OssLab _lab = null!;

    public static TheoryData<string> Passing => new("500", "throttled", "429", "reset at once", "reset in the body", "nonsense", "an error in 200", "rejected for time");

    public async Task InitializeAsync() => _lab = await OssLab.StartAsync();

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_put_gets_through_what_passes(string fault)
    {
        _lab.Server.Fail(OssOperation.PutObject, Named(fault), times: 3);
        (await _lab.Client().PutAsync("a", OssLab.Body(_content), overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(_content.Length);
        (await _lab.Server.ContentAsync(OssLab.Bucket, "a")).SequenceEqual(_content).ShouldBeTrue();
        Count(OssOperation.PutObject).ShouldBe(4);
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task Every_call_of_an_upload_gets_through_what_passes(string fault)
    {
        foreach (var operation in Enum.GetValues<OssOperation>().Where(operation => operation is not OssOperation.Any)) _lab.Server.Fail(operation, Named(fault), times: 2);
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        (await client.ListPartsAsync("a", id, CancellationToken.None)).ShouldBe(parts);
        (await OssLab.AllAsync(client.ListUploadsAsync("", CancellationToken.None))).Count.ShouldBe(1);
        await client.CompleteUploadAsync("a", id, parts, overwrite: false, CancellationToken.None);
        (await OssLab.AllAsync(client.ListAsync("", CancellationToken.None))).Count.ShouldBe(1);
        (await OssLab.ReadAsync(await client.ReadAsync("a", 0, null, CancellationToken.None))).SequenceEqual(_content).ShouldBeTrue();
        await client.DeleteAsync("a", CancellationToken.None);
        _lab.Server.Objects.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_gives_up_after_so_many_tries_and_tells_why()
    {
        _lab.Server.Fail(OssOperation.PutObject, OssFault.InternalError, times: 100);
        var error = await Should.ThrowAsync<StoreException>(() => _lab.Client().PutAsync("a", OssLab.Body(_content), overwrite: false, CancellationToken.None));
        error.Code.ShouldBe(StoreCodes.Failed);
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("500 InternalError");
        Count(OssOperation.PutObject).ShouldBe(4);
    }

    [Fact]
    public async Task Throttling_has_a_code_of_its_own()
    {
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.Throttled, times: 100);
        (await Should.ThrowAsync<StoreException>(() => _lab.Client().FindAsync("a", CancellationToken.None))).Code.ShouldBe(StoreCodes.Throttled);
    }

    [Fact]
    public async Task A_server_that_asks_us_to_wait_is_waited_for()
    {
        _lab.Server.Put(OssLab.Bucket, "a", [1]);
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.Unavailable(TimeSpan.FromSeconds(1)));
        var clock = Stopwatch.StartNew();
        (await _lab.Client().FindAsync("a", CancellationToken.None)).ShouldNotBeNull();
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(950));
    }

    [Fact]
    public async Task But_not_for_longer_than_makes_sense()
    {
        _lab.Server.Put(OssLab.Bucket, "a", [1]);
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.Unavailable(TimeSpan.FromHours(1)));
        (await _lab.Client(options: OssLab.Impatient with { LongestRetryAfter = TimeSpan.FromMilliseconds(10) }).FindAsync("a", CancellationToken.None)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("hang in the body")]
    public async Task A_server_that_falls_silent_costs_the_idle_time_and_no_more(string fault)
    {
        _lab.Server.Fail(OssOperation.UploadPart, Named(fault));
        var client = _lab.Client(options: Hasty);
        var body = new GeneratedBody(4 << 20);
        var id = await client.BeginUploadAsync("a", CancellationToken.None);
        (await client.UploadPartAsync("a", id, 1, body, CancellationToken.None)).SizeBytes.ShouldBe(body.Length);
        _lab.Server.Fail(OssOperation.UploadPart, Named(fault), times: 100);
        var error = await Should.ThrowAsync<StoreException>(() => client.UploadPartAsync("a", id, 1, body, CancellationToken.None));
        error.Code.ShouldBe(StoreCodes.Unreachable);
        error.Message.ShouldContain("for 1 s", customMessage: error.ToString());
    }

    [Fact]
    public async Task A_slow_line_is_not_a_silent_one()
    {
        // The buffers between take in about six megabytes, and the client sees nothing move while they empty. The body is larger by so much that the
        // whole takes longer than the idle time, but what is in the buffers does not come near it even where a busy machine slows the line down.
        _lab.Server.BytesPerSecond = 16_000_000;
        var client = _lab.Client(options: Hasty with { Attempts = 1, IdleTimeout = TimeSpan.FromSeconds(2) });
        var body = new GeneratedBody(48_000_000);
        await client.PutAsync("a", body, overwrite: false, CancellationToken.None);
        (await OssLab.ReadAsync(await client.ReadAsync("a", 0, null, CancellationToken.None))).Length.ShouldBe((int)body.Length);
    }

    [Fact]
    public async Task A_part_that_arrived_otherwise_is_sent_again()
    {
        var client = _lab.Client();
        var id = await client.BeginUploadAsync("a", CancellationToken.None);
        _lab.Server.Fail(OssOperation.UploadPart, OssFault.WrongCrc, times: 3);
        await client.UploadPartAsync("a", id, 1, OssLab.Body(_content), CancellationToken.None);
        Count(OssOperation.UploadPart).ShouldBe(4);
        _lab.Server.Fail(OssOperation.UploadPart, OssFault.WrongCrc, times: 4);
        (await Should.ThrowAsync<StoreException>(() => client.UploadPartAsync("a", id, 1, OssLab.Body(_content), CancellationToken.None))).Code.ShouldBe(StoreCodes.Corrupted);
    }

    [Fact]
    public async Task A_put_that_arrived_otherwise_is_deleted_and_sent_again()
    {
        _lab.Server.Fail(OssOperation.PutObject, OssFault.WrongCrc);
        await _lab.Client().PutAsync("a", OssLab.Body(_content), overwrite: false, CancellationToken.None);
        Count(OssOperation.DeleteObject).ShouldBe(1);
        _lab.Server.Fail(OssOperation.PutObject, OssFault.WrongCrc, times: 4);
        (await Should.ThrowAsync<StoreException>(() => _lab.Client().PutAsync("b", OssLab.Body(_content), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Corrupted);
        _lab.Server.Objects.Select(stored => stored.Key).ShouldBe(["a"]);
    }

    [Fact]
    public async Task An_object_that_the_store_has_otherwise_than_it_said_is_no_success()
    {
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.WrongCrc);
        (await Should.ThrowAsync<StoreException>(() => _lab.Client().PutAsync("a", OssLab.Body(_content), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Corrupted);
    }

    [Fact]
    public async Task Parts_joined_to_something_else_are_deleted_and_not_tried_again()
    {
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        _lab.Server.Fail(OssOperation.CompleteMultipartUpload, OssFault.WrongCrc);
        var error = await Should.ThrowAsync<StoreException>(() => client.CompleteUploadAsync("a", id, parts, overwrite: false, CancellationToken.None));
        error.Code.ShouldBe(StoreCodes.Corrupted);
        error.IsTransient.ShouldBeFalse();
        _lab.Server.Objects.ShouldBeEmpty();
        Count(OssOperation.CompleteMultipartUpload).ShouldBe(1);
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("done but 500")]
    public async Task A_lost_answer_to_complete_is_looked_for(string fault)
    {
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        _lab.Server.Fail(OssOperation.CompleteMultipartUpload, Named(fault));
        (await client.CompleteUploadAsync("a", id, parts, overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(_content.Length);
        Count(OssOperation.CompleteMultipartUpload).ShouldBe(1);
    }

    [Fact]
    public async Task A_lost_answer_to_complete_is_found_also_when_the_first_look_fails()
    {
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        _lab.Server.Fail(OssOperation.CompleteMultipartUpload, OssFault.LostAnswer);
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.InternalError);
        (await client.CompleteUploadAsync("a", id, parts, overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(_content.Length);
        Count(OssOperation.CompleteMultipartUpload).ShouldBe(2);
    }

    [Fact]
    public async Task Another_object_of_that_name_is_not_taken_for_a_lost_success()
    {
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        await client.AbortUploadAsync("a", id, CancellationToken.None);
        _lab.Server.Put(OssLab.Bucket, "a", OssLab.Bytes(_content.Length, seed: 2));
        (await Should.ThrowAsync<StoreException>(() => client.CompleteUploadAsync("a", id, parts, overwrite: true, CancellationToken.None))).Code.ShouldBe(StoreCodes.Missing);
        _lab.Server.Objects.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("done but 500")]
    public async Task A_lost_answer_to_a_put_that_must_not_overwrite_is_looked_for(string fault)
    {
        _lab.Server.Fail(OssOperation.PutObject, Named(fault));
        (await _lab.Client().PutAsync("a", OssLab.Body(_content), overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(_content.Length);
        _lab.Server.Put(OssLab.Bucket, "b", OssLab.Bytes(_content.Length, seed: 2));
        _lab.Server.Fail(OssOperation.PutObject, OssFault.InternalError);
        (await Should.ThrowAsync<StoreException>(() => _lab.Client().PutAsync("b", OssLab.Body(_content), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
    }

    [Theory]
    [InlineData("reset in the answer")]
    [InlineData("hang in the answer")]
    public async Task A_body_that_breaks_off_is_an_error_and_not_the_end(string fault)
    {
        _lab.Server.Put(OssLab.Bucket, "a", _content);
        _lab.Server.Fail(OssOperation.GetObject, Named(fault));
        var stream = await _lab.Client(options: Hasty).ReadAsync("a", 1000, 300_000, CancellationToken.None);
        var error = await Should.ThrowAsync<StoreException>(() => OssLab.ReadAsync(stream));
        error.Code.ShouldBe(StoreCodes.Unreachable);
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_404_of_somebody_between_is_not_an_absent_file()
    {
        _lab.Server.Put(OssLab.Bucket, "a", [1]);
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.Foreign404);
        (await _lab.Client().FindAsync("a", CancellationToken.None)).ShouldNotBeNull();
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.Foreign404, times: 4);
        await Should.ThrowAsync<StoreException>(() => _lab.Client().FindAsync("a", CancellationToken.None));
    }

    [Fact]
    public async Task A_delete_that_a_proxy_answered_was_not_done()
    {
        _lab.Server.Put(OssLab.Bucket, "a", [1]);
        _lab.Server.Fail(OssOperation.DeleteObject, OssFault.Foreign404, times: 4);
        await Should.ThrowAsync<StoreException>(() => _lab.Client().DeleteAsync("a", CancellationToken.None));
    }

    [Fact]
    public async Task Our_own_side_failing_is_told_as_it_is_and_not_tried_again()
    {
        (await Should.ThrowAsync<IOException>(() => _lab.Client().PutAsync("a", new BrokenBody(), overwrite: false, CancellationToken.None))).Message.ShouldBe("the disk");
        _lab.Server.Objects.ShouldBeEmpty();
        Count(OssOperation.PutObject).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task Nobody_there_is_unreachable()
    {
        await using var other = await OssLab.StartAsync();
        await other.Server.DisposeAsync();
        var error = await Should.ThrowAsync<StoreException>(() => other.Client().FindAsync("a", CancellationToken.None));
        error.Code.ShouldBe(StoreCodes.Unreachable);
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task Cancelling_is_no_store_failure()
    {
        _lab.Server.Fail(OssOperation.HeadObject, OssFault.Hang);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Should.ThrowAsync<OperationCanceledException>(() => _lab.Client().FindAsync("a", soon.Token));
    }

    private int Count(OssOperation operation) => _lab.Server.Requests.Count(request => request.Operation == operation);

    private static OssFault Named(string name) => name switch
    {
        "500" => OssFault.InternalError,
        "throttled" => OssFault.Throttled,
        "429" => OssFault.TooManyRequests,
        "reset at once" => OssFault.ResetInRequest(0),
        "reset in the body" => OssFault.ResetInRequest(70_000),
        "nonsense" => OssFault.Garbage200,
        "an error in 200" => OssFault.ErrorIn200,
        "rejected for time" => OssFault.Error(400, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period."),
        "hang" => OssFault.Hang,
        "hang in the body" => OssFault.HangInRequest(1 << 20),
        "hang in the answer" => OssFault.HangInAnswer(70_000),
        "reset in the answer" => OssFault.ResetInAnswer(70_000),
        "lost" => OssFault.LostAnswer,
        "done but 500" => OssFault.DoneBut500,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such fault."),
    };

    private sealed class BrokenBody : PartBody
    {
        public override long Length => 100_000;

        // An error that the network could have as well.
        public override Stream Open() => throw new IOException("the disk");
    }
}
