using System.Globalization;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Testing.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

public sealed class OssMultipartTests : IAsyncLifetime
{
    private readonly byte[] _content = OssLab.Bytes(350_000);
    private OssLab _lab = null!;

    public async Task InitializeAsync() => _lab = await OssLab.StartAsync();

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Fact]
    public async Task Parts_become_one_object_with_the_checksum_of_the_whole()
    {
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        _lab.Server.Objects.ShouldBeEmpty();
        var stored = await client.CompleteUploadAsync("a", id, Enumerable.Reverse(parts).ToList(), overwrite: false, CancellationToken.None);
        stored.SizeBytes.ShouldBe(_content.Length);
        stored.Checksum.ShouldBe("crc64:" + Crc64.Append(0, _content).ToString(CultureInfo.InvariantCulture));
        (await _lab.Server.ContentAsync(OssLab.Bucket, "a")).SequenceEqual(_content).ShouldBeTrue();
        _lab.Server.UnfinishedUploads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Parts_of_an_unfinished_upload_are_listed_as_they_were_sent()
    {
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        (await client.ListPartsAsync("a", id, CancellationToken.None)).ShouldBe(parts);
    }

    [Fact]
    public async Task More_parts_than_a_page_holds_are_all_listed()
    {
        await using var lab = await OssLab.StartAsync(new OssServerOptions { MinPartBytes = 1 });
        var client = lab.Client();
        var id = await client.BeginUploadAsync("a", CancellationToken.None);
        List<UploadedPart> parts = [];
        for (var number = 1; number <= 1001; number++) parts.Add(await client.UploadPartAsync("a", id, number, OssLab.Body([(byte)number]), CancellationToken.None));
        (await client.ListPartsAsync("a", id, CancellationToken.None)).ShouldBe(parts);
        (await client.CompleteUploadAsync("a", id, parts, overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(1001);
    }

    [Fact]
    public async Task More_uploads_than_a_page_holds_are_all_listed_also_of_one_key()
    {
        var client = _lab.Client();
        for (var number = 0; number < 1005; number++) await client.BeginUploadAsync(number < 1003 ? "p/same +%" : "p/z", CancellationToken.None);
        await client.BeginUploadAsync("q/other", CancellationToken.None);
        var listed = await OssLab.AllAsync(_lab.Client().ListUploadsAsync("p/", CancellationToken.None));
        listed.Count.ShouldBe(1005);
        listed.Select(upload => upload.UploadId).Distinct().Count().ShouldBe(1005);
        listed.Select(upload => upload.Key).Distinct().ShouldBe(["p/same +%", "p/z"]);
        listed.ShouldAllBe(upload => upload.InitiatedAt != null);
    }

    [Fact]
    public async Task An_aborted_upload_is_gone_and_can_be_aborted_again()
    {
        var client = _lab.Client();
        var (id, _) = await OssLab.UploadAsync(client, "a", _content);
        await client.AbortUploadAsync("a", id, CancellationToken.None);
        _lab.Server.UnfinishedUploads.ShouldBeEmpty();
        await client.AbortUploadAsync("a", id, CancellationToken.None);
        (await Should.ThrowAsync<StoreException>(() => client.UploadPartAsync("a", id, 1, OssLab.Body([1]), CancellationToken.None))).Code.ShouldBe(StoreCodes.Missing);
    }

    [Fact]
    public async Task A_name_taken_meanwhile_is_left_alone_unless_it_may_be_overwritten()
    {
        var client = _lab.Client();
        var (id, parts) = await OssLab.UploadAsync(client, "a", _content);
        _lab.Server.Put(OssLab.Bucket, "a", [7]);
        (await Should.ThrowAsync<StoreException>(() => client.CompleteUploadAsync("a", id, parts, overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
        (await _lab.Server.ContentAsync(OssLab.Bucket, "a")).ShouldBe([7]);
        (await client.CompleteUploadAsync("a", id, parts, overwrite: true, CancellationToken.None)).SizeBytes.ShouldBe(_content.Length);
    }

    [Fact]
    public async Task The_limits_are_the_settings()
    {
        await using var lab = await OssLab.StartAsync(new OssServerOptions { MaxParts = 100 });
        var client = lab.Client(lab.Settings with { MaxParts = 100 });
        client.Limits.ShouldBe(new ObjectLimits(100, 100 * 1024, 5L << 30));
        var id = await client.BeginUploadAsync("a", CancellationToken.None);
        await client.UploadPartAsync("a", id, 100, OssLab.Body([1]), CancellationToken.None);
        (await Should.ThrowAsync<StoreException>(() => client.UploadPartAsync("a", id, 101, OssLab.Body([1]), CancellationToken.None))).Message.ShouldContain("InvalidArgument");
    }

    [Fact]
    public async Task The_server_refuses_small_parts_wrong_tags_and_a_wrong_order()
    {
        var client = _lab.Client();
        var id = await client.BeginUploadAsync("a", CancellationToken.None);
        var small = await client.UploadPartAsync("a", id, 1, OssLab.Body([1]), CancellationToken.None);
        var last = await client.UploadPartAsync("a", id, 2, OssLab.Body([2]), CancellationToken.None);
        (await Should.ThrowAsync<StoreException>(() => client.CompleteUploadAsync("a", id, [small, last], overwrite: true, CancellationToken.None))).Message.ShouldContain("EntityTooSmall");
        (await Should.ThrowAsync<StoreException>(() => client.CompleteUploadAsync("a", id, [small with { ETag = "0" }], overwrite: true, CancellationToken.None))).Message.ShouldContain("InvalidPart");
        (await Should.ThrowAsync<StoreException>(() => client.CompleteUploadAsync("a", id, [small, small], overwrite: true, CancellationToken.None))).Message.ShouldContain("InvalidPartOrder");
        _lab.Server.Objects.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_part_of_three_hundred_megabytes_does_not_pass_through_the_heap_as_a_whole()
    {
        using var folder = new Testing.TempFolder("oss");
        await using var lab = await OssLab.StartAsync(new OssServerOptions { Folder = folder.Path, Md5ETags = false });
        var client = lab.Client();
        var body = new GeneratedBody(300L << 20);
        var id = await client.BeginUploadAsync("big", CancellationToken.None);
        await client.UploadPartAsync("big", id, 1, new GeneratedBody(8L << 20), CancellationToken.None);
        var before = Environment.WorkingSet;
        var part = await client.UploadPartAsync("big", id, 1, body, CancellationToken.None);
        part.SizeBytes.ShouldBe(300L << 20);
        body.PeakWorkingSet.ShouldBeLessThan(before + (100L << 20));
        (await client.CompleteUploadAsync("big", id, [part], overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(300L << 20);
    }
}
