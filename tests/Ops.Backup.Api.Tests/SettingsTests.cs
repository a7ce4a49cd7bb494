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

    private static IConfiguration Configuration(string key, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
}
