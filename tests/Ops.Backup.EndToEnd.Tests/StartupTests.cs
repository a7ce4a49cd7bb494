namespace Ops.Backup.EndToEnd.Tests;

/// <summary>A service that can't be right does not start: one line names the key, and the exit code says what kind it is.</summary>
[Collection(Servers.Use)]
public sealed class StartupTests(SourceServer server)
{
    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:18080", "urls", 2)]
    [InlineData("ASPNETCORE_URLS", "http://backup.example.org:18080", "urls", 2)]
    [InlineData("Backup__Compresion", "none", "Compresion", 2)]
    [InlineData("Service__Folder", "/tmp", "Folder", 2)]
    [InlineData("Backup__DataFolder", "backups", "Backup:DataFolder", 2)]
    [InlineData("Service__DataFolder", "./service", "Service:DataFolder", 2)]
    [InlineData("Backup__MaxConcurrent", "0", "Backup:MaxConcurrent", 2)]
    [InlineData("Backup__MaxConcurrent", "two", "Backup:MaxConcurrent", 2)]
    [InlineData("Backup__TimeLimitSeconds", "-1", "Backup:TimeLimitSeconds", 2)]
    [InlineData("ConnectionStrings__OpsBackup", "Hots=here", "ConnectionStrings:OpsBackup", 2)]
    [InlineData("ConnectionStrings__OpsBackup", "Host=127.0.0.1;Port=1;Database=x;Username=y;Password=S3cr3t", "ConnectionStrings:OpsBackup", 4)]
    public async Task A_setting_that_can_not_be_is_refused_in_one_line_that_names_it(string key, string value, string named, int exitCode)
    {
        using var setup = new ServiceSetup("Host=127.0.0.1;Port=1;Database=never").With(key, value);

        var (code, _, errors) = await RunningService.RunToEndAsync(setup);

        errors.Trim().ShouldNotContain("\n");
        errors.ShouldContain(named);
        errors.ShouldNotContain("S3cr3t");
        code.ShouldBe(exitCode, errors);
    }

    [Fact]
    public async Task A_second_service_on_the_same_folder_or_port_is_refused_and_the_first_goes_on()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());
        using var other = new ServiceSetup(await server.ServiceDatabaseAsync());
        await using var first = await RunningService.StartAsync(setup);

        var sameFolder = await RunningService.RunToEndAsync(setup);
        sameFolder.ExitCode.ShouldBe(3, sameFolder.Errors);
        sameFolder.Errors.Trim().ShouldNotContain("\n");
        sameFolder.Errors.ShouldContain(setup.ServiceFolder);

        var samePort = await RunningService.RunToEndAsync(other.With("ASPNETCORE_URLS", first.Api.Http.BaseAddress!.ToString()));
        samePort.ExitCode.ShouldBe(2, samePort.Errors);
        samePort.Errors.Trim().ShouldNotContain("\n");
        samePort.Errors.ShouldContain(first.Api.Http.BaseAddress!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        await first.Api.AddSourceAsync(server.AsSource("small", await server.SmallAsync()));
        await first.Api.SucceedAsync(new { source = "small" });
    }

    [Fact]
    public async Task A_second_start_on_the_same_folders_keeps_sources_and_backups()
    {
        using var setup = new ServiceSetup();
        BackupView backup;
        await using (var first = await RunningService.StartAsync(setup))
        {
            await first.Api.AddSourceAsync(server.AsSource("kept", await server.SmallAsync()));
            backup = await first.Api.SucceedAsync(new { source = "kept" });
            (await first.StopAsync()).ShouldBe(0);
        }

        await using var second = await RunningService.StartAsync(setup);
        (await second.Api.GetAsync(backup.Id)).ShouldBeEquivalentTo(backup);
        (await second.Api.TestAsync("kept")).Ok.ShouldBeTrue("the stored password is still readable");
        await second.Api.SucceedAsync(new { source = "kept" });
    }

    [Fact]
    public async Task Migrate_brings_the_schema_up_to_date_once()
    {
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());

        var first = await RunningService.RunToEndAsync(setup, "migrate");
        var second = await RunningService.RunToEndAsync(setup, "migrate");

        (first.ExitCode, second.ExitCode).ShouldBe((0, 0), first.Errors + second.Errors);
        first.Output.ShouldContain("applied 202611210900_CreateDbBackupJob");
        second.Output.ShouldNotContain("applied 2");
        second.Output.ShouldContain("up to date");
    }
}
