using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Stores;

public sealed class StoreTests
{
    private const string Recipient = "age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth";
    private static readonly OssSettings Oss = new("backups", "oss-cn-hangzhou.aliyuncs.com");
    private static readonly S3Settings S3 = new("backups", "eu-central-1");

    [Theory]
    [InlineData("abc")]
    [InlineData("my.backups-2026")]
    public void A_bucket_has_the_name_that_clouds_allow(string bucket) => ((OssSettings)(Oss with { Bucket = bucket }).Checked()).Bucket.ShouldBe(bucket);

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("ab")]
    [InlineData("Backups")]
    [InlineData("-backups")]
    [InlineData("backups/")]
    [InlineData("back\nups")]
    [InlineData("备份备份")]
    [InlineData("a'b\"c")]
    public void Any_other_bucket_is_refused(string? bucket) => Refused(Oss with { Bucket = bucket! }, "BUCKET_INVALID", "settings.bucket");

    [Fact]
    public void A_bucket_of_64_characters_is_refused() => Refused(S3 with { Bucket = new string('a', 64) }, "BUCKET_INVALID", "settings.bucket");

    [Theory]
    [InlineData("oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com")]
    [InlineData("http://127.0.0.1:9000/", "http://127.0.0.1:9000")]
    [InlineData("https://minio.example:9000", "https://minio.example:9000")]
    public void An_endpoint_is_a_host_with_or_without_a_scheme(string endpoint, string kept) => ((S3Settings)(S3 with { Endpoint = endpoint }).Checked()).Endpoint.ShouldBe(kept);

    [Theory]
    [InlineData("ftp://host")]
    [InlineData("https://user:secret@host")]
    [InlineData("https://host/path")]
    [InlineData("https://host?query")]
    [InlineData("https://host#part")]
    [InlineData("https://")]
    [InlineData("a b")]
    public void Any_other_endpoint_is_refused_and_not_repeated(string endpoint)
    {
        var refusal = Refused(S3 with { Endpoint = endpoint }, "ENDPOINT_INVALID", "settings.endpoint");
        refusal.Message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("postgres/backups", "postgres/backups/")]
    [InlineData("备份/'a'", "备份/'a'/")]
    [InlineData("a/", "a/")]
    public void A_prefix_ends_in_a_slash(string prefix, string kept) => ((OssSettings)(Oss with { Prefix = prefix }).Checked()).Prefix.ShouldBe(kept);

    [Theory]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a//")]
    [InlineData("/")]
    [InlineData("../a")]
    [InlineData("a/./b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    public void A_prefix_that_leads_elsewhere_is_refused(string prefix) => Refused(Oss with { Prefix = prefix }, "PREFIX_INVALID", "settings.prefix");

    [Fact]
    public void The_path_of_a_remote_is_refused_by_its_own_name() => Refused(new RcloneSettings("nas", "/absolute"), "PREFIX_INVALID", "settings.path");

    [Theory]
    [InlineData("")]
    [InlineData("-flag")]
    [InlineData("nas:")]
    [InlineData("nas ")]
    [InlineData("a\nb")]
    public void A_remote_that_rclone_would_read_otherwise_is_refused(string remote) => Refused(new RcloneSettings(remote), "REMOTE_INVALID", "settings.remote");

    [Theory]
    [InlineData("oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou")]
    [InlineData("https://oss-us-west-1-internal.aliyuncs.com", "us-west-1")]
    public void The_region_is_read_from_an_endpoint_of_Aliyun(string endpoint, string region) => ((OssSettings)(Oss with { Endpoint = endpoint }).Checked()).Region.ShouldBe(region);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_region_V4_is_refused_and_V1_is_not(string? region)
    {
        var cname = Oss with { Endpoint = "backups.example.com", Region = region };
        Refused(cname, "VALUE_MISSING", "settings.region");
        ((OssSettings)(cname with { Signature = OssSignature.V1 }).Checked()).Region.ShouldBeNull();
    }

    [Fact]
    public void What_would_travel_in_a_header_has_no_line_break()
    {
        Refused(Oss with { Region = "a\r\nX-Evil: 1" }, "VALUE_HAS_CONTROL_CHARACTERS", "settings.region");
        Refused(Oss with { StorageClass = "IA\n" }, "VALUE_HAS_CONTROL_CHARACTERS", "settings.storageClass");
        Refused(S3 with { KmsKeyId = "a\nb" }, "VALUE_HAS_CONTROL_CHARACTERS", "settings.kmsKeyId");
    }

    [Theory]
    [InlineData(99)]
    [InlineData(10_001)]
    public void Parts_have_a_range(int parts) => Refused(Oss with { MaxParts = parts }, "VALUE_OUT_OF_RANGE", "settings.maxParts");

    [Theory]
    [InlineData(0)]
    [InlineData(36_501)]
    public void Days_of_a_lock_have_a_range(int days) => Refused(S3 with { ObjectLockDays = days }, "VALUE_OUT_OF_RANGE", "settings.objectLockDays");

    [Theory]
    [InlineData("relative", "PATH_INVALID")]
    [InlineData("/a/../b", "PATH_INVALID")]
    [InlineData("", "VALUE_MISSING")]
    [InlineData("/a\0b", "VALUE_HAS_CONTROL_CHARACTERS")]
    public void A_folder_is_an_absolute_path(string folder, string code) => Refused(new LocalSettings(folder), code, "settings.folder");

    [Fact]
    public void A_folder_loses_its_last_slash() => new LocalSettings("/data/订单 'x'/").Checked().ShouldBe(new LocalSettings("/data/订单 'x'"));

    [Theory]
    [InlineData("", "VALUE_MISSING")]
    [InlineData("a\nb", "VALUE_HAS_CONTROL_CHARACTERS")]
    public void A_store_needs_a_name(string name, string code) => Should.Throw<InvalidValueException>(() => Create(Facts() with { Name = name })).Code.ShouldBe(code);

    [Fact]
    public void Recipients_are_kept_once_and_not_without_end()
    {
        Create(Facts() with { Recipients = [Recipient, Recipient] }).Recipients.ShouldBe([Recipient]);
        Should.Throw<InvalidValueException>(() => Create(Facts() with { Recipients = [.. Enumerable.Repeat(Recipient, 21)] })).Field.ShouldBe("recipients");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1023)]
    [InlineData(-1)]
    public void A_limit_that_would_never_end_is_refused(long limit) =>
        Should.Throw<InvalidValueException>(() => Create(Facts() with { BytesPerSecond = limit })).Field.ShouldBe("bytesPerSecond");

    private static InvalidValueException Refused(StoreSettings settings, string code, string field)
    {
        var refusal = Should.Throw<InvalidValueException>(settings.Checked);
        (refusal.Code, refusal.Field).ShouldBe((code, field));
        return refusal;
    }

    private static StoreFacts Facts() => new("disk", new LocalSettings("/data"), [], BytesPerSecond: null, IsDefault: false);

    private static Store Create(StoreFacts facts) => Store.Create(facts, encryptedCredentials: null, isConfigured: false, A.Noon);
}
