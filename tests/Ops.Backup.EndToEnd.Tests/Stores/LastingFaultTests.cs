using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>Promise 2: a store that stays broken is told, with its reason, and takes nothing from the copy that is good.</summary>
[Collection(Servers.Faults)]
public sealed class LastingFaultTests(OssBackups backups) : IClassFixture<OssBackups>, IDisposable
{
    public static TheoryData<string, OssOperation, string> Faults => new()
    {
        { "500", OssOperation.Any, "STORE_FAILED" },
        { "500", OssOperation.UploadPart, "STORE_FAILED" },
        { "throttled", OssOperation.CompleteMultipartUpload, "STORE_THROTTLED" },
        { "hang", OssOperation.UploadPart, "STORE_UNREACHABLE" },
        { "hang in mid part", OssOperation.UploadPart, "STORE_UNREACHABLE" },
        { "wrong CRC", OssOperation.UploadPart, "STORE_CHECKSUM_MISMATCH" },
        { "wrong CRC", OssOperation.CompleteMultipartUpload, "STORE_CHECKSUM_MISMATCH" },
        { "token expired", OssOperation.UploadPart, "STORE_TOKEN_EXPIRED" },
    };

    public void Dispose() => backups.Heal();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_that_lasts_fails_that_copy_alone_until_it_is_repaired(string fault, OssOperation operation, string code)
    {
        backups.Oss.Fail(operation, Of(fault), OssBackups.ForEver);
        var failed = await backups.MissOssAsync(code);
        backups.KeysOf(failed).ShouldBeEmpty();

        backups.Heal();
        var repaired = await backups.RepairAsync(failed, "oss");
        await backups.ShouldBeWholeAsync(repaired, "oss");
        backups.ShouldHaveLeftNothingHalf();
    }

    [Fact]
    public async Task A_clock_that_is_far_off_is_named()
    {
        backups.Oss.ClockOffset = TimeSpan.FromMinutes(20);
        await backups.MissOssAsync("STORE_CLOCK_SKEW", "chinook");
    }

    [Fact]
    public async Task Temporary_credentials_that_have_expired_are_named()
    {
        backups.Oss.AddToken("expired", DateTimeOffset.UtcNow.AddMinutes(-1));
        (await backups.Api.AddStoreAsync(StoreRequests.Oss(backups.Oss, "temporary", isDefault: false, securityToken: "expired"))).Status.ShouldBe(System.Net.HttpStatusCode.Created);
        var failed = await backups.Api.FailAsync(new { source = "chinook", stores = new[] { "local", "temporary" } }, "COPY_FAILED");
        failed.Copy("temporary").ErrorCode.ShouldBe("STORE_TOKEN_EXPIRED");
        failed.ReadReport().ShouldNotContain("\"expired\"");
    }

    [Fact]
    public async Task Where_no_store_takes_it_the_backup_fails_with_the_stores_reason_and_leaves_nothing_once_the_store_is_back()
    {
        backups.Oss.Fail(OssOperation.UploadPart, OssFault.InternalError, OssBackups.ForEver);
        var failed = await backups.Api.FailAsync(new { source = "big", compression = "none", stores = new[] { "oss" } }, "STORE_FAILED");

        backups.Heal();
        backups.KeysOf(failed).ShouldBeEmpty();
        backups.ShouldHaveLeftNothingHalf();
        failed.ShouldHaveLeftNothingIn(backups.Setup);
    }

    private static OssFault Of(string fault) => fault switch
    {
        "500" => OssFault.InternalError,
        "throttled" => OssFault.Throttled,
        "hang" => OssFault.Hang,
        "hang in mid part" => OssFault.HangInRequest(1_000_000),
        "wrong CRC" => OssFault.WrongCrc,
        _ => OssFault.TokenExpired,
    };
}
