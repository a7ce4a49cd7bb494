using System.Net;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>A service that has a secret key reads what is encrypted to it, and only that.</summary>
[Collection(Servers.Use)]
public sealed class OpenedByServiceTests(SourceServer server, StoresAndKey stores) : IClassFixture<StoresAndKey>
{
    [Theory]
    [InlineData("custom", "oss")]
    [InlineData("plain", "s3")]
    [InlineData("directory", "dav")]
    [InlineData("custom", "local")]
    public async Task What_is_encrypted_to_the_services_key_is_read_whole_after_the_backup(string format, string store)
    {
        var backup = await stores.Api.SucceedAsync(new { source = "chinook", format, stores = new[] { store }, recipients = new[] { stores.Key.Recipient } });

        backup.Verifications.Select(check => (check.Type, check.Status)).ShouldBe([("integrity_check", "passed")]);
    }

    [Fact]
    public async Task A_download_in_the_clear_is_a_dump_that_pg_restore_reads()
    {
        var backup = await stores.Api.SucceedAsync(new { source = "chinook", compression = "gzip:1", recipients = new[] { stores.Key.Recipient } });
        foreach (var store in AllStores.Names)
        {
            using var folder = new TempFolder("clear");
            await File.WriteAllBytesAsync(folder.File("clear.dump"), await stores.DownloadAsync(backup, $"store={store}&decrypt=true"));
            (await Machine.RunAsync(Path.Combine(Path.GetDirectoryName(server.Cluster.Binaries.Psql)!, "pg_restore"), "--file=-", folder.File("clear.dump"))).ShouldContain("CREATE TABLE");
        }
    }

    [Fact]
    public async Task A_download_in_the_clear_of_a_file_that_was_cut_breaks_off()
    {
        var backup = await stores.Api.SucceedAsync(new { source = "chinook", compression = "none", stores = new[] { "local" }, recipients = new[] { stores.Key.Recipient } });
        await using (var file = File.OpenWrite(backup.LocalFile!)) file.SetLength(file.Length - 1000);

        await Should.ThrowAsync<HttpRequestException>(() => stores.DownloadAsync(backup, "decrypt=true"));
    }

    [Fact]
    public async Task A_key_file_that_was_spoilt_condemns_no_backup()
    {
        using var spoilt = new TempFolder("spoilt");
        await File.WriteAllTextAsync(spoilt.File("KEY.txt"), "spoilt");
        File.SetUnixFileMode(spoilt.File("KEY.txt"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync()).With("Backup__AgeIdentityFile", spoilt.File("KEY.txt"));
        await using var service = await RunningService.StartAsync(setup);
        await service.Api.AddSourceAsync(server.AsSource("chinook", await server.ChinookAsync()));

        var backup = await service.Api.SucceedAsync(new { source = "chinook", recipients = new[] { stores.Key.Recipient } });

        backup.Verifications.Select(check => (check.Type, check.Status)).ShouldBe([("checksum", "passed")]);
    }

    [Fact]
    public async Task What_is_encrypted_to_somebody_else_is_not_opened_but_its_sum_is_checked()
    {
        using var stranger = new AgeKey();
        var backup = await stores.Api.SucceedAsync(new { source = "chinook", recipients = new[] { stranger.Recipient } });

        backup.Verifications.Select(check => (check.Type, check.Status)).ShouldBe([("checksum", "passed")]);
        var refused = await stores.Api.SendAsync(HttpMethod.Get, $"/api/backups/{backup.Id}/download?decrypt=true");
        (refused.Status, refused.Code).ShouldBe((HttpStatusCode.Conflict, "NO_IDENTITY"));
    }
}

/// <summary>A service that has a secret key.</summary>
public sealed class StoresAndKey(SourceServer server) : AllStores(server), IAsyncLifetime
{
    public AgeKey Key { get; } = new();

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        Key.Dispose();
    }

    protected override ServiceSetup Configure(ServiceSetup setup) => setup.With("Backup__AgeIdentityFile", Key.File);
}
