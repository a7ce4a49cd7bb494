namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Clients that are missing, too old, or lie.</summary>
[Collection(Servers.Faults)]
public sealed class ClientProgramTests(SourceServer server)
{
    [Fact]
    public async Task Without_a_pg_dump_the_test_and_the_backup_say_so()
    {
        using var clients = new ClientFolder(server.Cluster);
        await ShouldRefuseAsync(clients, "PG_DUMP_MISSING");
    }

    [Fact]
    public async Task A_pg_dump_older_than_the_server_is_not_even_tried()
    {
        using var clients = new ClientFolder(server.Cluster).WithScript("pg_dump", "echo 'pg_dump (PostgreSQL) 12.3'");
        await ShouldRefuseAsync(clients, "PG_DUMP_TOO_OLD");
    }

    [Theory]
    [InlineData("custom")]
    [InlineData("directory")]
    public async Task An_archive_that_can_not_be_read_back_is_no_success(string format)
    {
        using var clients = new ClientFolder(server.Cluster).WithReal("pg_dump", "pg_dumpall")
            .WithScript("pg_restore", "echo 'pg_restore: error: could not read from input file: end of file' >&2; exit 1");
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync()).With("Backup__ClientFolders__0", clients.Path);
        await using var service = await RunningService.StartAsync(setup);
        await service.Api.AddSourceAsync(server.AsSource("small", await server.SmallAsync()));

        var failed = await service.Api.FailAsync(new { source = "small", format }, "VERIFICATION_FAILED");

        failed.ErrorMessage!.ShouldContain("end of file");
        failed.Verifications.ShouldHaveSingleItem().Status.ShouldBe("failed");
        (await service.Api.SendAsync(HttpMethod.Get, $"/api/backups/{failed.Id}/download")).Code.ShouldBe("BACKUP_HAS_NO_FILE");
    }

    private async Task ShouldRefuseAsync(ClientFolder clients, string code)
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync()).With("Backup__ClientFolders__0", clients.Path);
        await using var service = await RunningService.StartAsync(setup);
        await service.Api.AddSourceAsync(server.AsSource("small", await server.SmallAsync()));

        var test = await service.Api.TestAsync("small");
        (test.Ok, test.ErrorCode).ShouldBe((false, code), test.Error);
        var failed = await service.Api.FailAsync(new { source = "small" }, code);
        failed.ShouldHaveLeftNothingIn(setup);
    }
}
