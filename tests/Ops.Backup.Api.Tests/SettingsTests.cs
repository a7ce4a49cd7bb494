using Microsoft.Extensions.Configuration;
using Ops.Backup.Api.Startup;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("Backup:MaxConcurrent", "0", "MaxConcurrent")]
    [InlineData("Backup:MaxConcurrent", "many", "Backup:MaxConcurrent")]
    [InlineData("Backup:MaxConcurent", "2", "MaxConcurent")]
    [InlineData("Backup:DataFolder", "relative/folder", "Backup:DataFolder")]
    [InlineData("Backup:DataFolder", "", "DataFolder")]
    [InlineData("Backup:TimeLimitSeconds", "-1", "TimeLimitSeconds")]
    public void A_value_that_can_not_be_is_refused_with_its_key(string key, string value, string named)
    {
        var refusal = Should.Throw<StartupException>(() => Settings.ReadBackup(Configuration(key, value)));
        refusal.Message.ShouldContain(named);
        refusal.Message.ShouldNotContain("\n");
        refusal.ExitCode.ShouldBe(2);
    }

    [Fact]
    public void The_shipped_settings_can_be()
    {
        var shipped = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build();
        Settings.ReadBackup(shipped).DataFolder.ShouldBe("/data/db-backups/data");
        Settings.ReadService(shipped).Keys.ShouldBe("/var/lib/ops-backup/keys");
    }

    [Fact]
    public void An_identity_file_that_others_can_read_or_that_is_not_there_stops_the_start()
    {
        using var folder = new Testing.TempFolder("identity");
        Should.Throw<StartupException>(() => Settings.ReadBackup(Configuration("Backup:AgeIdentityFile", "keys.txt"))).ExitCode.ShouldBe(2);
        Should.Throw<StartupException>(() => Settings.ReadBackup(Configuration("Backup:AgeIdentityFile", folder.File("none")))).ExitCode.ShouldBe(2);
        File.WriteAllText(folder.File("key"), "");
        File.SetUnixFileMode(folder.File("key"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var refusal = Should.Throw<StartupException>(() => Settings.ReadBackup(Configuration("Backup:AgeIdentityFile", folder.File("key"))));
        (refusal.ExitCode, refusal.Message.Contains("chmod 600"), refusal.Message.Contains('\n')).ShouldBe((2, true, false));
        File.SetUnixFileMode(folder.File("key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Settings.ReadBackup(Configuration("Backup:AgeIdentityFile", folder.File("key"))).AgeIdentityFile.ShouldBe(folder.File("key"));
    }

    private static IConfiguration Configuration(string key, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
}
