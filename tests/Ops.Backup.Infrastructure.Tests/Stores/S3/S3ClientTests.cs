using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Infrastructure.Stores.S3;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.S3;

public sealed class S3ClientTests(S3Server server) : S3Bench(server), IClassFixture<S3Server>
{
    [Fact]
    public async Task Objects_of_any_size_come_back_as_they_went_whole_and_in_ranges()
    {
        var client = Client();
        var random = new Random(11);
        int[] sizes = [0, 1, 5 * 1024 * 1024, .. Enumerable.Range(0, 8).Select(_ => random.Next(5_000_000))];
        foreach (var size in sizes)
        {
            var bytes = Bytes(size, size);
            var key = $"{Prefix}{size}";
            var stored = await client.PutAsync(key, PartBody.Of(bytes), overwrite: false, CancellationToken.None);
            (stored.Name, stored.SizeBytes, stored.Checksum).ShouldBe((key, size, $"etag:{Md5(bytes)}"));
            stored.ModifiedAt!.Value.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
            (await ReadAsync(client, key)).ShouldBe(bytes);
            for (var i = 0; i < 3; i++)
            {
                var offset = random.Next(size + 1);
                var length = random.Next(size - offset + 1);
                (await ReadAsync(client, key, offset, length)).ShouldBe(bytes[offset..(offset + length)]);
                (await ReadAsync(client, key, offset)).ShouldBe(bytes[offset..]);
            }
            if (size > 0) (await ReadAsync(client, key, size, 10)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Parts_are_joined_in_the_order_of_their_numbers()
    {
        var client = Client();
        var key = Prefix + "joined";
        byte[][] parts = [Bytes(5 * 1024 * 1024, 1), Bytes(5 * 1024 * 1024, 2), Bytes(99, 3)];
        var (id, done) = await UploadAsync(client, key, parts);
        done.Select(part => part.ETag).ShouldBe(parts.Select(Md5));
        done.Reverse();
        (await client.FindAsync(key, CancellationToken.None)).ShouldBeNull();

        var stored = await client.CompleteUploadAsync(key, id, done, overwrite: false, CancellationToken.None);

        stored.SizeBytes.ShouldBe(parts.Sum(part => part.Length));
        stored.Checksum!.ShouldStartWith("etag:");
        (await ReadAsync(client, key)).ShouldBe(parts.SelectMany(part => part));
        (await client.FindAsync(key, CancellationToken.None)).ShouldBe(stored);
    }

    [Fact]
    public async Task An_object_that_is_there_is_overwritten_only_when_asked()
    {
        var client = Client();
        var key = Prefix + "orders.dump";
        await client.PutAsync(key, PartBody.Of("old"u8.ToArray()), overwrite: false, CancellationToken.None);
        (await FailsAsync(() => client.PutAsync(key, PartBody.Of("new"u8.ToArray()), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
        var (id, parts) = await UploadAsync(client, key, "new"u8.ToArray());
        (await FailsAsync(() => client.CompleteUploadAsync(key, id, parts, overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
        (await ReadAsync(client, key)).ShouldBe("old"u8.ToArray());

        await client.CompleteUploadAsync(key, id, parts, overwrite: true, CancellationToken.None);
        (await ReadAsync(client, key)).ShouldBe("new"u8.ToArray());
        await client.PutAsync(key, PartBody.Of("newer"u8.ToArray()), overwrite: true, CancellationToken.None);
        (await ReadAsync(client, key)).ShouldBe("newer"u8.ToArray());
    }

    [Fact]
    public async Task Listing_finds_all_that_begin_so_and_nothing_beside()
    {
        var client = Client();
        var names = Enumerable.Range(0, 20).Select(i => $"{Prefix}many/{i:00}").ToList();
        foreach (var name in names.AsEnumerable().Reverse().Append(Prefix + "many.txt"))
            await client.PutAsync(name, PartBody.Of("x"u8.ToArray()), overwrite: true, CancellationToken.None);
        var found = await client.ListAsync(Prefix + "many/", CancellationToken.None).ToListAsync();
        found.Select(item => item.Name).ShouldBe(names);
        var md5 = Md5("x"u8.ToArray());
        found.ShouldAllBe(item => item.SizeBytes == 1 && item.Checksum == "etag:" + md5 && item.ModifiedAt != null);
        (await client.ListAsync(Prefix + "none/", CancellationToken.None).ToListAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("订单 数据库.dump")]
    [InlineData("two words + 'quotes' \"double\" & 100%.dump")]
    [InlineData("a:b;c=d?e#f.dump")]
    public async Task Names_of_any_characters_arrive(string name)
    {
        var client = Client();
        await client.PutAsync(Prefix + name, PartBody.Of("text"u8.ToArray()), overwrite: false, CancellationToken.None);
        (await ReadAsync(client, Prefix + name)).ShouldBe("text"u8.ToArray());
        (await client.ListAsync(Prefix, CancellationToken.None).Select(item => item.Name).ToListAsync()).ShouldBe([Prefix + name]);
        using var http = new HttpClient();
        var answer = await http.GetAsync(client.Presign(Prefix + name, TimeSpan.FromMinutes(5), name));
        (await answer.Content.ReadAsStringAsync()).ShouldBe("text");
        answer.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        answer.Content.Headers.ContentDisposition.FileNameStar.ShouldBe(name);
        await client.DeleteAsync(Prefix + name, CancellationToken.None);
        (await client.FindAsync(Prefix + name, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_not_there_is_missing_and_is_deleted_already()
    {
        var client = Client();
        (await client.FindAsync(Prefix + "none", CancellationToken.None)).ShouldBeNull();
        (await FailsAsync(() => client.ReadAsync(Prefix + "none", 0, null, CancellationToken.None))).Code.ShouldBe(StoreCodes.Missing);
        await client.DeleteAsync(Prefix + "none", CancellationToken.None);
    }

    [Fact]
    public async Task A_missing_bucket_is_told_from_a_missing_object()
    {
        var client = Client(Settings with { Bucket = "no-such-bucket" });
        foreach (var call in (Func<Task>[])[
            () => client.FindAsync("x", CancellationToken.None),
            () => client.PutAsync("x", PartBody.Of("x"u8.ToArray()), overwrite: true, CancellationToken.None),
            () => client.BeginUploadAsync("x", CancellationToken.None),
            () => client.DeleteAsync("x", CancellationToken.None)])
        {
            var failure = await FailsAsync(call);
            failure.Code.ShouldBe(StoreCodes.NoBucket);
            failure.Message.ShouldContain("no-such-bucket");
            failure.IsTransient.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_know_is_called_so_and_tried_once()
    {
        var failure = await FailsAsync(() => Client(key: new StoreCredentials("NOBODY", "a secret that nobody may see")).BeginUploadAsync(Prefix + "x", CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.WrongKey);
        failure.ToString().ShouldNotContain("a secret that nobody may see");
        failure.IsTransient.ShouldBeFalse();
        Proxy.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public void A_link_is_made_for_the_bucket_s_own_host_where_the_server_wants_that()
    {
        var client = Client(Settings with { PathStyle = false, Endpoint = "https://s3.example.com" });
        client.Presign("a/b.dump", TimeSpan.FromHours(1), "b.dump").GetLeftPart(UriPartial.Path).ShouldBe("https://backups.s3.example.com/a/b.dump");
        Client(Settings with { Endpoint = "s3.example.com:9000" }).Presign("a/b.dump", TimeSpan.FromHours(1), "b.dump").GetLeftPart(UriPartial.Path)
            .ShouldBe("https://s3.example.com:9000/backups/a/b.dump");
        Client(Settings with { PathStyle = false, Endpoint = null, Region = "cn-north-1" }).Presign("a/b.dump", TimeSpan.FromHours(1), "b.dump").Host
            .ShouldBe("backups.s3.cn-north-1.amazonaws.com.cn");
        client.UrlOf("a/b.dump").ShouldBe("s3://backups/a/b.dump");
        Should.Throw<ArgumentOutOfRangeException>(() => client.Presign("x", TimeSpan.FromDays(8), "x"));
    }

    [Fact]
    public async Task The_server_s_clock_is_compared_with_ours()
    {
        (await Client().ClockSkewAsync(CancellationToken.None))!.Value.ShouldBe(TimeSpan.Zero, TimeSpan.FromSeconds(2));
        using var behind = new S3Client(Settings, Key, new FakeTime(DateTimeOffset.UtcNow - TimeSpan.FromHours(1)), Impatient);
        (await behind.ClockSkewAsync(CancellationToken.None))!.Value.ShouldBe(TimeSpan.FromHours(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void The_limits_are_those_of_the_settings()
    {
        var limits = Client(Settings with { MaxParts = 1000 }).Limits;
        limits.ShouldBe(new ObjectLimits(1000, 5 * 1024 * 1024, 5L * 1024 * 1024 * 1024));
    }
}
