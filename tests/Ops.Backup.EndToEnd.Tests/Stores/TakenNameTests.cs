using System.Globalization;
using System.Net;
using System.Text;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>Two services may back up the same database into the same bucket in the same second: neither touches what is the other's.</summary>
[Collection(Servers.Faults)]
public sealed class TakenNameTests(OssBackups backups) : IClassFixture<OssBackups>
{
    private static readonly byte[] Others = Encoding.UTF8.GetBytes("another service's");

    [Fact]
    public async Task An_object_of_somebody_else_outlives_our_backup_its_repair_and_its_deletion()
    {
        var first = await backups.Api.SucceedAsync(new { source = "chinook" });
        for (var second = 0; second < 30; second++) backups.Oss.Put("oss", AllStores.Prefix + NameAt(first, DateTime.UtcNow.AddSeconds(second)), Others);

        var failed = await backups.Api.FailAsync(new { source = "chinook" }, "COPY_FAILED");
        failed.Copy("oss").ErrorCode.ShouldBe("STORE_OBJECT_EXISTS");
        await ShouldStandAsync(failed);

        await backups.AskForRepairAsync(failed, "oss");
        await Poll.Until("the repair has failed", () => backups.Api.GetAsync(failed.Id), seen => seen.Copy("oss").Attempts == 2, OssBackups.Patience);
        await ShouldStandAsync(failed);

        (await backups.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{failed.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        await ShouldStandAsync(failed);
    }

    private static string NameAt(BackupView like, DateTime time)
    {
        var parts = like.File("dump").Name.Split('_');
        parts[^2] = time.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        return string.Join('_', parts);
    }

    private async Task ShouldStandAsync(BackupView backup)
    {
        var dump = backup.Files.Single(file => file.Role == "dump").Name;
        backups.KeysOf(backup).ShouldBe([dump]);
        (await backups.Oss.ContentAsync("oss", AllStores.Prefix + dump)).ShouldBe(Others);
    }
}
