using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>What goes wrong for a while only is tried again, and the copy is as good as any.</summary>
[Collection(Servers.Faults)]
public sealed class PassingFaultTests(OssBackups backups) : IClassFixture<OssBackups>, IDisposable
{
    public static TheoryData<string, OssOperation> Faults => new()
    {
        { "throttled", OssOperation.UploadPart },
        { "throttled", OssOperation.PutObject },
        { "reset in mid part", OssOperation.UploadPart },
        { "wrong CRC", OssOperation.UploadPart },
        { "lost answer", OssOperation.UploadPart },
        { "lost answer", OssOperation.CompleteMultipartUpload },
        { "done but 500", OssOperation.CompleteMultipartUpload },
        { "error in 200", OssOperation.CompleteMultipartUpload },
        { "garbage", OssOperation.CompleteMultipartUpload },
        { "lost answer", OssOperation.PutObject },
        { "hang", OssOperation.UploadPart },
    };

    public void Dispose() => backups.Heal();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_that_passes_is_not_noticed_in_the_result(string fault, OssOperation operation)
    {
        backups.Oss.Fail(operation, Of(fault));
        var backup = await backups.Api.EndOfAsync((await backups.BackUpAsync()).Id);

        (backup.Status, backup.ErrorMessage).ShouldBe(("SUCCESS", null));
        backups.KeysOf(backup).ShouldBe([.. backup.Files.Select(file => file.Name), backup.BaseName + ".json"], ignoreOrder: true);
        await backups.ShouldBeWholeAsync(backup, "oss");
        backups.ShouldHaveLeftNothingHalf();
    }

    private static OssFault Of(string fault) => fault switch
    {
        "throttled" => OssFault.Unavailable(TimeSpan.FromSeconds(1)),
        "reset in mid part" => OssFault.ResetInRequest(1_000_000),
        "wrong CRC" => OssFault.WrongCrc,
        "lost answer" => OssFault.LostAnswer,
        "done but 500" => OssFault.DoneBut500,
        "error in 200" => OssFault.ErrorIn200,
        "garbage" => OssFault.Garbage200,
        _ => OssFault.Hang,
    };
}
