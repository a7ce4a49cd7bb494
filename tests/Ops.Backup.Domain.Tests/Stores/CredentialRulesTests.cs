using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Stores;

public sealed class CredentialRulesTests
{
    private static readonly StoreCredentials Keys = new("LTAI-id", "hunter2-secret");

    [Theory]
    [InlineData(StoreKind.Oss)]
    [InlineData(StoreKind.S3)]
    public void An_object_store_needs_key_id_and_secret(StoreKind kind)
    {
        CredentialRules.Check(Keys with { SecurityToken = "" }, kind).ShouldBe(Keys);
        Refused(Keys with { AccessKeySecret = null }, kind, "VALUE_MISSING", "credentials.accessKeySecret");
        Refused(new StoreCredentials(), kind, "VALUE_MISSING", "credentials.accessKeyId");
    }

    [Theory]
    [InlineData(StoreKind.Local)]
    [InlineData(StoreKind.Rclone)]
    public void Others_need_none_and_take_no_keys(StoreKind kind)
    {
        CredentialRules.Check(new StoreCredentials("", "", "", ""), kind).ShouldBeNull();
        Refused(Keys, kind, "CREDENTIALS_INVALID", "credentials.accessKeyId");
    }

    [Fact]
    public void A_configuration_of_rclone_is_text_with_lines_for_that_kind_only()
    {
        var config = new StoreCredentials(RcloneConfig: "[nas]\ntype = sftp\n\tpass = 订单\r\n");
        CredentialRules.Check(config, StoreKind.Rclone).ShouldBe(config);
        Refused(config, StoreKind.Local, "CREDENTIALS_INVALID", "credentials.rcloneConfig");
        Refused(new StoreCredentials(RcloneConfig: "a\0b"), StoreKind.Rclone, "CREDENTIALS_INVALID", "credentials.rcloneConfig");
        Refused(new StoreCredentials(RcloneConfig: new string('a', 100_001)), StoreKind.Rclone, "CREDENTIALS_INVALID", "credentials.rcloneConfig");
    }

    [Theory]
    [InlineData("hunter2\n")]
    [InlineData("hunter2\r\nX-Evil: 1")]
    [InlineData("hunter2 hunter2")]
    [InlineData("hunter2密")]
    public void A_key_that_can_not_travel_is_refused_and_not_repeated(string secret) =>
        Refused(Keys with { AccessKeySecret = secret }, StoreKind.S3, "CREDENTIALS_INVALID", "credentials.accessKeySecret").Message.ShouldNotContain("hunter2");

    [Fact]
    public void A_huge_key_is_refused()
    {
        Refused(Keys with { AccessKeyId = new string('a', 201) }, StoreKind.S3, "CREDENTIALS_INVALID", "credentials.accessKeyId");
        Refused(Keys with { SecurityToken = new string('a', 10_001) }, StoreKind.S3, "CREDENTIALS_INVALID", "credentials.securityToken");
    }

    private static InvalidValueException Refused(StoreCredentials given, StoreKind kind, string code, string field)
    {
        var refusal = Should.Throw<InvalidValueException>(() => CredentialRules.Check(given, kind));
        (refusal.Code, refusal.Field).ShouldBe((code, field));
        return refusal;
    }
}
