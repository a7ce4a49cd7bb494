using System.Globalization;
using System.Text;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Infrastructure.Stores.Oss;
using Ops.Backup.Testing.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

public sealed class OssObjectTests : IAsyncLifetime
{
    private OssLab _lab = null!;

    public static TheoryData<string> Keys => new("plain.txt", "a b c", "备份/数据库 ü.dump", "100%", "a%2Fb", "a+b&c=d?e#f", "quote'\"(x)!*", "dots/../up/./here", "double//slash", "~tilde_-.", "emoji-😀", "trailing/");

    public async Task InitializeAsync() => _lab = await OssLab.StartAsync();

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Theory]
    [MemberData(nameof(Keys))]
    public Task A_key_of_any_letters_comes_back_as_it_was_V4(string key) => ComesBackAsync(_lab.Client(), key);

    [Theory]
    [MemberData(nameof(Keys))]
    public Task A_key_of_any_letters_comes_back_as_it_was_V1(string key) => ComesBackAsync(_lab.Client(_lab.Settings with { Signature = OssSignature.V1, Region = null }), key);

    [Fact]
    public async Task What_is_put_is_confirmed_with_size_and_checksum()
    {
        var content = OssLab.Bytes(300_000);
        var stored = await _lab.Client().PutAsync("a.dump", OssLab.Body(content), overwrite: false, CancellationToken.None);
        stored.Name.ShouldBe("a.dump");
        stored.SizeBytes.ShouldBe(content.Length);
        stored.Checksum.ShouldBe("crc64:" + Crc64.Append(0, content).ToString(CultureInfo.InvariantCulture));
        stored.ModifiedAt!.Value.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        (await _lab.Server.ContentAsync(OssLab.Bucket, "a.dump")).SequenceEqual(content).ShouldBeTrue();
        _lab.Server.Requests[0].Headers["Content-Length"].ShouldBe("300000");
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        var client = _lab.Client();
        (await client.PutAsync("empty", OssLab.Body([]), overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(0);
        (await OssLab.ReadAsync(await client.ReadAsync("empty", 0, null, CancellationToken.None))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_that_is_taken_is_left_alone_unless_it_may_be_overwritten()
    {
        var client = _lab.Client();
        await client.PutAsync("a", OssLab.Body([1]), overwrite: false, CancellationToken.None);
        (await Should.ThrowAsync<StoreException>(() => client.PutAsync("a", OssLab.Body([2]), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
        (await _lab.Server.ContentAsync(OssLab.Bucket, "a")).ShouldBe([1]);
        await client.PutAsync("a", OssLab.Body([2]), overwrite: true, CancellationToken.None);
        (await _lab.Server.ContentAsync(OssLab.Bucket, "a")).ShouldBe([2]);
    }

    [Fact]
    public async Task Finding_what_is_not_there_is_no_error() => (await _lab.Client().FindAsync("nothing", CancellationToken.None)).ShouldBeNull();

    [Fact]
    public async Task A_missing_bucket_is_not_taken_for_a_missing_file()
    {
        var client = _lab.Client(_lab.Settings with { Bucket = "no-such-bucket" });
        (await Should.ThrowAsync<StoreException>(() => client.FindAsync("nothing", CancellationToken.None))).Code.ShouldBe(StoreCodes.NoBucket);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(0, 1L)]
    [InlineData(10, 100L)]
    [InlineData(999, 1L)]
    [InlineData(500, null)]
    [InlineData(990, 100L)]
    [InlineData(1000, null)]
    [InlineData(10, 0L)]
    public async Task A_range_is_read(int offset, long? length)
    {
        var content = OssLab.Bytes(1000);
        _lab.Server.Put(OssLab.Bucket, "a", content);
        var read = await OssLab.ReadAsync(await _lab.Client().ReadAsync("a", offset, length, CancellationToken.None));
        read.ShouldBe(content[offset..(int)Math.Min(content.Length, offset + (length ?? content.Length))]);
    }

    [Fact]
    public async Task A_range_beyond_the_end_is_an_error()
    {
        _lab.Server.Put(OssLab.Bucket, "a", [1, 2, 3]);
        (await Should.ThrowAsync<StoreException>(() => _lab.Client().ReadAsync("a", 4, null, CancellationToken.None))).Message.ShouldContain("3 bytes");
    }

    [Fact]
    public async Task Reading_what_is_not_there_says_so() =>
        (await Should.ThrowAsync<StoreException>(() => _lab.Client().ReadAsync("nothing", 0, null, CancellationToken.None))).Code.ShouldBe(StoreCodes.Missing);

    [Fact]
    public async Task Bytes_that_rotted_in_the_store_are_noticed_when_the_whole_is_read()
    {
        _lab.Server.Put(OssLab.Bucket, "a", OssLab.Bytes(100_000));
        await _lab.Server.DamageAsync(OssLab.Bucket, "a");
        var stream = await _lab.Client().ReadAsync("a", 0, null, CancellationToken.None);
        (await Should.ThrowAsync<StoreException>(() => OssLab.ReadAsync(stream))).Code.ShouldBe(StoreCodes.Corrupted);
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_can_be_deleted_again()
    {
        var client = _lab.Client();
        _lab.Server.Put(OssLab.Bucket, "a", [1]);
        await client.DeleteAsync("a", CancellationToken.None);
        _lab.Server.Objects.ShouldBeEmpty();
        await client.DeleteAsync("a", CancellationToken.None);
    }

    [Fact]
    public async Task All_pages_of_a_list_come_and_nothing_else()
    {
        foreach (var number in Enumerable.Range(0, 2500)) _lab.Server.Put(OssLab.Bucket, string.Create(CultureInfo.InvariantCulture, $"p/备 份+%{number:0000}"), [1, 2]);
        _lab.Server.Put(OssLab.Bucket, "q/other", [1]);
        var listed = await OssLab.AllAsync(_lab.Client().ListAsync("p/备", CancellationToken.None));
        listed.Select(item => item.Name).ShouldBe(Enumerable.Range(0, 2500).Select(number => string.Create(CultureInfo.InvariantCulture, $"p/备 份+%{number:0000}")));
        listed.ShouldAllBe(item => item.SizeBytes == 2 && item.ModifiedAt != null);
        _lab.Server.Requests.Count(request => request.Operation is OssOperation.ListObjects).ShouldBe(3);
    }

    [Theory]
    [InlineData(ServerSideEncryption.Aes256, null, "AES256", null)]
    [InlineData(ServerSideEncryption.Kms, "key-1", "KMS", "key-1")]
    public async Task Encryption_and_class_are_asked_for_on_put_and_on_multipart(ServerSideEncryption encryption, string? keyId, string expected, string? expectedKey)
    {
        var client = _lab.Client(_lab.Settings with { ServerSideEncryption = encryption, KmsKeyId = keyId, StorageClass = "IA" });
        await client.PutAsync("put", OssLab.Body([1]), overwrite: true, CancellationToken.None);
        var (id, parts) = await OssLab.UploadAsync(client, "multi", [1, 2]);
        await client.CompleteUploadAsync("multi", id, parts, overwrite: true, CancellationToken.None);
        foreach (var stored in _lab.Server.Objects)
        {
            stored.Headers["x-oss-server-side-encryption"].ShouldBe(expected);
            stored.Headers.GetValueOrDefault("x-oss-server-side-encryption-key-id").ShouldBe(expectedKey);
            stored.Headers["x-oss-storage-class"].ShouldBe("IA");
        }
        _lab.Server.Objects.Count.ShouldBe(2);
    }

    [Fact]
    public void The_address_for_people_is_bucket_and_key() => _lab.Client().UrlOf("a/ü b").ShouldBe("oss://backups/a/ü b");

    private static async Task ComesBackAsync(OssClient client, string key)
    {
        var content = Encoding.UTF8.GetBytes("of " + key);
        await client.PutAsync(key, OssLab.Body(content), overwrite: false, CancellationToken.None);
        (await client.FindAsync(key, CancellationToken.None))!.SizeBytes.ShouldBe(content.Length);
        (await OssLab.ReadAsync(await client.ReadAsync(key, 0, null, CancellationToken.None))).ShouldBe(content);
        (await OssLab.AllAsync(client.ListAsync(key[..1], CancellationToken.None))).Select(item => item.Name).ShouldBe([key]);
        var (id, parts) = await OssLab.UploadAsync(client, key, content);
        (await OssLab.AllAsync(client.ListUploadsAsync(key, CancellationToken.None))).ShouldHaveSingleItem().Key.ShouldBe(key);
        await client.CompleteUploadAsync(key, id, parts, overwrite: true, CancellationToken.None);
        await client.DeleteAsync(key, CancellationToken.None);
        (await client.FindAsync(key, CancellationToken.None)).ShouldBeNull();
    }
}
