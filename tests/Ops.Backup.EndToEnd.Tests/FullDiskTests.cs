namespace Ops.Backup.EndToEnd.Tests;

[Collection(Servers.Faults)]
public sealed class FullDiskTests(SourceServer server)
{
    [Fact]
    public async Task A_full_disk_fails_the_backup_and_leaves_room_for_a_smaller_one()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync()) { DataDiskMegabytes = 4 };
        await using var service = await RunningService.StartAsync(setup);
        await service.Api.AddSourceAsync(server.AsSource("big", await server.BigAsync()));
        var small = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource("small", small));
        var disk = $"/proc/{service.ProcessId}/root{setup.DataFolder}";

        foreach (var format in new[] { "custom", "directory", "plain" })
        {
            var failed = await service.Api.FailAsync(new { source = "big", format, compression = "gzip:1" }, "DISK_FULL");
            failed.ShouldHaveLeftNothingIn(setup);
            ServiceSetup.NamesIn(disk).ShouldBeEmpty();
        }

        var stored = await service.Api.SucceedAsync(new { source = "small" });
        ServiceSetup.NamesIn(disk).ShouldBe([.. stored.Files.Select(file => file.Name), stored.BaseName + ".json"], ignoreOrder: true);
    }
}
