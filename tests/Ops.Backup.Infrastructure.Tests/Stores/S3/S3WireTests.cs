using System.Globalization;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.S3;

/// <summary>What is on the wire, and how answers are read that the real server does not give.</summary>
public sealed class S3WireTests(S3Server server) : S3Bench(server), IClassFixture<S3Server>
{
    private static readonly byte[] Body = Bytes(100_000);
    private static readonly byte[] Twice = [.. Body, .. Body];

    [Fact]
    public async Task Bodies_are_sent_plain_with_their_length_and_MD5()
    {
        var client = Client();
        await client.PutAsync(Prefix + "x", PartBody.Of(Body), overwrite: true, CancellationToken.None);
        await UploadAsync(client, Prefix + "y", Body);
        var sent = Proxy.Requests.Where(request => request.Method == "PUT").ToList();
        sent.Count.ShouldBe(2);
        foreach (var request in sent)
        {
            request.Headers["Content-Length"].ShouldBe("100000");
            request.Headers["Content-MD5"].ShouldBe(Convert.ToBase64String(Convert.FromHexString(Md5(Body))));
            request.Headers["x-amz-content-sha256"].ShouldMatch("^[0-9a-f]{64}$");
            request.Headers.Keys.ShouldNotContain(name => name.Contains("trailer", StringComparison.OrdinalIgnoreCase) || name.Contains("checksum", StringComparison.OrdinalIgnoreCase)
                || name.Contains("decoded", StringComparison.OrdinalIgnoreCase) || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));
            request.Headers.GetValueOrDefault("Content-Encoding").ShouldBeNull();
        }
    }

    [Fact]
    public async Task Encryption_storage_class_and_lock_are_asked_for_where_an_object_begins()
    {
        var client = Client(Settings with
        {
            ServerSideEncryption = ServerSideEncryption.Kms,
            KmsKeyId = "key-1",
            StorageClass = "STANDARD_IA",
            ObjectLockDays = 30,
            ObjectLockMode = ObjectLockMode.Compliance,
        });
        await client.PutAsync(Prefix + "x", PartBody.Of(Body), overwrite: true, CancellationToken.None);
        await UploadAsync(client, Prefix + "y", Body);
        foreach (var request in Proxy.Requests.Where(request => IsPut(request) || request.Path.EndsWith("?uploads", StringComparison.Ordinal)).ToList())
        {
            request.Headers["x-amz-server-side-encryption"].ShouldBe("aws:kms");
            request.Headers["x-amz-server-side-encryption-aws-kms-key-id"].ShouldBe("key-1");
            request.Headers["x-amz-storage-class"].ShouldBe("STANDARD_IA");
            request.Headers["x-amz-object-lock-mode"].ShouldBe("COMPLIANCE");
            DateTimeOffset.Parse(request.Headers["x-amz-object-lock-retain-until-date"], CultureInfo.InvariantCulture)
                .ShouldBe(DateTimeOffset.UtcNow.AddDays(30), TimeSpan.FromMinutes(1));
        }
        Proxy.Requests.Count(request => request.Headers.ContainsKey("x-amz-object-lock-mode")).ShouldBe(2);
        var plain = Client(Settings with { ServerSideEncryption = ServerSideEncryption.Aes256 });
        await plain.PutAsync(Prefix + "z", PartBody.Of(Body), overwrite: true, CancellationToken.None);
        Proxy.Requests.Last(IsPut).Headers["x-amz-server-side-encryption"].ShouldBe("AES256");
        Proxy.Requests.Last(IsPut).Headers.Keys.ShouldNotContain("x-amz-object-lock-mode");
    }

    [Fact]
    public async Task An_ETag_under_a_KMS_key_is_no_MD5_and_not_compared()
    {
        var etag = new string('a', 32);
        Proxy.Faults = request => IsPart(request)
            ? new Fault.Answer(200) { Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["ETag"] = $"\"{etag}\"", ["x-amz-server-side-encryption"] = "aws:kms" } }
            : null;
        var (_, parts) = await UploadAsync(Client(), Prefix + "x", Body);
        parts[0].ETag.ShouldBe(etag);
    }

    [Fact]
    public async Task The_server_is_asked_to_refuse_a_taken_name_and_one_that_can_not_is_asked_beforehand()
    {
        var client = Client();
        Proxy.Faults = request => request.Headers.ContainsKey("If-None-Match") ? Refusal(501, "NotImplemented") : null;
        await client.PutAsync(Prefix + "a", PartBody.Of(Body), overwrite: false, CancellationToken.None);
        await client.PutAsync(Prefix + "b", PartBody.Of(Body), overwrite: false, CancellationToken.None);
        var (id, parts) = await UploadAsync(client, Prefix + "c", Body);
        await client.CompleteUploadAsync(Prefix + "c", id, parts, overwrite: false, CancellationToken.None);
        Proxy.Requests.Count(request => request.Headers.ContainsKey("If-None-Match")).ShouldBe(1);
        (await FailsAsync(() => client.PutAsync(Prefix + "a", PartBody.Of(Body), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
    }

    [Fact]
    public async Task A_name_that_somebody_takes_meanwhile_is_refused_by_the_server()
    {
        var client = Client();
        Proxy.Faults = request => request.Headers.GetValueOrDefault("If-None-Match") == "*" ? Refusal(412, "PreconditionFailed") : null;
        (await FailsAsync(() => client.PutAsync(Prefix + "a", PartBody.Of(Body), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
        var (id, parts) = await UploadAsync(client, Prefix + "c", Body);
        (await FailsAsync(() => client.CompleteUploadAsync(Prefix + "c", id, parts, overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
    }

    [Fact]
    public async Task An_object_that_a_lost_attempt_of_ours_stored_is_not_in_our_own_way()
    {
        var client = Client();
        var puts = 0;
        // The first answer is lost, and so is what the look for it says; the second attempt meets the object of the first.
        Proxy.Faults = request => IsPut(request) ? Interlocked.Increment(ref puts) == 1 ? new Fault.LoseAnswer() : Refusal(412, "PreconditionFailed")
            : request.Method == "HEAD" && puts == 1 ? new Fault.Reset() : null;
        (await client.PutAsync(Prefix + "a", PartBody.Of(Body), overwrite: false, CancellationToken.None)).SizeBytes.ShouldBe(Body.Length);
        puts.ShouldBe(2);
        (await FailsAsync(() => client.PutAsync(Prefix + "b", PartBody.Of(Body), overwrite: false, CancellationToken.None))).Code.ShouldBe(StoreCodes.Exists);
    }

    [Fact]
    public async Task The_ETag_of_joined_parts_is_compared()
    {
        var client = Client();
        var (id, parts) = await UploadAsync(client, Prefix + "x", Body, Body);
        await client.PutAsync(Prefix + "x", PartBody.Of(Twice), overwrite: true, CancellationToken.None);
        JoinedAs("b24e69ba6d3cbd4b7c3ea4f4c3a5e8c1-2");
        // The second part was stored twice as the first, so to say: what is read back is other than what was sent.
        var damaged = new List<UploadedPart> { parts[0], parts[1] with { ETag = new string('1', 32) } };
        var failure = await FailsAsync(() => client.CompleteUploadAsync(Prefix + "x", id, damaged, overwrite: true, CancellationToken.None));
        failure.Code.ShouldBe(StoreCodes.Corrupted);
        failure.Message.ShouldContain("part 2 reads back differently");
        Proxy.Requests.Count(request => request.Method == "DELETE").ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_reckons_that_ETag_in_its_own_way_is_read_back_once_and_then_believed()
    {
        var client = Client();
        for (var round = 0; round < 2; round++)
        {
            Proxy.Faults = _ => null;
            var (id, parts) = await UploadAsync(client, $"{Prefix}{round}", Body, Body);
            await client.PutAsync($"{Prefix}{round}", PartBody.Of(Twice), overwrite: true, CancellationToken.None);
            JoinedAs("B24E69BA6D3CBD4B7C3EA4F4C3A5E8C1-2");
            await client.CompleteUploadAsync($"{Prefix}{round}", id, parts, overwrite: true, CancellationToken.None);
            Proxy.Requests.Count(IsGet).ShouldBe(2);
        }
    }

    [Fact]
    public async Task Joined_parts_with_the_right_ETag_are_not_read_back()
    {
        var client = Client();
        var (id, parts) = await UploadAsync(client, Prefix + "x", Body, Body);
        await client.PutAsync(Prefix + "x", PartBody.Of(Twice), overwrite: true, CancellationToken.None);
        var md5 = Convert.FromHexString(Md5(Body));
        JoinedAs(Md5([.. md5, .. md5]) + "-2");
        await client.CompleteUploadAsync(Prefix + "x", id, parts, overwrite: true, CancellationToken.None);
        Proxy.Requests.Count(IsGet).ShouldBe(0);
    }

    [Fact]
    public async Task A_listing_goes_through_all_pages()
    {
        Proxy.Faults = request => !request.Path.Contains("list-type=2", StringComparison.Ordinal) ? null
            : request.Path.Contains("continuation-token=a%2Bb%3D", StringComparison.Ordinal) ? Page("two", null) : Page("one", "a+b=");
        (await Client().ListAsync(Prefix, CancellationToken.None).Select(item => item.Name).ToListAsync()).ShouldBe(["one", "two"]);

        static Fault Page(string key, string? next) => new Fault.Answer(200,
            $"<ListBucketResult><IsTruncated>{(next is null ? "false" : "true")}</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>" +
            $"<Contents><Key>{key}</Key><Size>5</Size><ETag>\"e\"</ETag><LastModified>2026-11-21T03:00:00.000Z</LastModified></Contents></ListBucketResult>");
    }

    [Fact]
    public async Task Unfinished_uploads_and_their_parts_are_listed_through_all_pages()
    {
        Proxy.Faults = request => request.Path.Contains("uploads", StringComparison.Ordinal) ? new Fault.Answer(200, request.Path.Contains("key-marker=", StringComparison.Ordinal)
                ? $"<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{Upload(Prefix + "b", "2")}{Upload("elsewhere", "3")}</ListMultipartUploadsResult>"
                : $"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>{Upload(Prefix + "a", "1")}</ListMultipartUploadsResult>")
            : request.Path.Contains("part-number-marker=", StringComparison.Ordinal) ? new Fault.Answer(200, $"<ListPartsResult><IsTruncated>false</IsTruncated>{Piece(3)}</ListPartsResult>")
            : new Fault.Answer(200, $"<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>{Piece(1)}{Piece(2)}</ListPartsResult>");
        var time = new DateTimeOffset(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
        (await Client().ListUploadsAsync(Prefix, CancellationToken.None).ToListAsync())
            .ShouldBe([new UnfinishedUpload(Prefix + "a", "1", time), new UnfinishedUpload(Prefix + "b", "2", time)]);
        (await Client().ListPartsAsync(Prefix + "a", "1", CancellationToken.None))
            .ShouldBe(Enumerable.Range(1, 3).Select(number => new UploadedPart(number, $"e{number}", 100 + number, null)));

        static string Upload(string key, string id) => $"<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>2026-11-21T03:00:00.000Z</Initiated></Upload>";
        static string Piece(int number) => $"<Part><PartNumber>{number}</PartNumber><ETag>\"e{number}\"</ETag><Size>{100 + number}</Size></Part>";
    }

    [Fact]
    public async Task An_upload_is_aborted_and_one_that_is_gone_is_aborted_already()
    {
        Proxy.Faults = _ => new Fault.Answer(204);
        await Client().AbortUploadAsync(Prefix + "x", "id/1", CancellationToken.None);
        Proxy.Requests[0].Method.ShouldBe("DELETE");
        Proxy.Requests[0].Path.ShouldEndWith("x?uploadId=id%2F1");
        Proxy.Faults = _ => Refusal(404, "NoSuchUpload");
        await Client().AbortUploadAsync(Prefix + "x", "id", CancellationToken.None);
        Proxy.Faults = _ => Refusal(404, "NoSuchBucket");
        (await FailsAsync(() => Client().AbortUploadAsync(Prefix + "x", "id", CancellationToken.None))).Code.ShouldBe(StoreCodes.NoBucket);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_signed()
    {
        await FailsAsync(() => Client(key: new StoreCredentials()).BeginUploadAsync(Prefix + "x", CancellationToken.None)).ContinueWith(_ => { }, TaskScheduler.Default);
        Proxy.Requests[0].Headers.Keys.ShouldNotContain("Authorization");
    }

    // The real server's own ETag of joined parts has no number; this one answers instead of it.
    private void JoinedAs(string etag) => Proxy.Faults = request =>
        IsComplete(request) ? new Fault.Answer(200, $"<CompleteMultipartUploadResult><ETag>\"{etag}\"</ETag></CompleteMultipartUploadResult>")
            : request.Method == "HEAD" && Proxy.Requests.Any(IsComplete) ? new Fault.Rewrite("ETag", $"\"{etag}\"") : null;
}
