using System.Net;
using System.Text.Json;

namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Configs kept in files: applied at each start, compared beforehand, and refused as a whole where one is wrong.</summary>
[Collection(Servers.Use)]
public sealed class ConfigFolderTests(SourceServer server)
{
    [Fact]
    public async Task A_folder_is_compared_applied_run_and_refused_when_a_file_is_wrong()
    {
        using var folder = new TempFolder("config-files");
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync());
        await using (var first = await RunningService.StartAsync(setup)) await first.Api.AddSourceAsync(server.AsSource("small", await server.SmallAsync()));
        setup.With("Service__ConfigFolder", folder.Path);
        await File.WriteAllTextAsync(folder.File("nightly.yaml"), "name: nightly\nsource: small\nschedule: daily 02:00\ntimeZone: Asia/Shanghai\nretention: {days: 30}\n");

        var before = await RunningService.RunToEndAsync(setup, "configs", "diff");
        before.ExitCode.ShouldBe(1, before.Errors);
        before.Output.ShouldContain("+ nightly (nightly.yaml)");

        await using (var second = await RunningService.StartAsync(setup))
        {
            var config = await second.Api.SendAsync(HttpMethod.Get, "/api/configs/nightly");
            config.Body!.Value.GetProperty("isConfigured").GetBoolean().ShouldBeTrue();
            (await second.Api.SendAsync(HttpMethod.Put, "/api/configs/nightly", new { retries = 1 })).Code.ShouldBe("CONFIG_CONFIGURED");
            var run = await second.Api.SendAsync<BackupView>(HttpMethod.Post, "/api/configs/nightly/run", null, HttpStatusCode.Accepted);
            (await second.Api.EndOfAsync(run.Id)).Status.ShouldBe("SUCCESS");
            (await second.Api.SendAsync<JsonElement>(HttpMethod.Get, "/api/configs/files/diff", null, HttpStatusCode.OK)).GetProperty("hasChanges").GetBoolean().ShouldBeFalse();
        }

        await File.WriteAllTextAsync(folder.File("other.json"), """{"name":"other","source":"small","retries":99}""");
        var refused = await RunningService.RunToEndAsync(setup);
        refused.ExitCode.ShouldBe(2, refused.Errors);
        refused.Errors.Trim().ShouldNotContain("\n");
        refused.Errors.ShouldContain("other.json, retries: ");
        (await RunningService.RunToEndAsync(setup, "configs", "apply")).ExitCode.ShouldBe(2);

        await File.WriteAllTextAsync(folder.File("other.json"), """{"name":"other","source":"small","retries":9}""");
        File.Delete(folder.File("nightly.yaml"));
        var applied = await RunningService.RunToEndAsync(setup, "configs", "apply");
        applied.ExitCode.ShouldBe(0, applied.Errors);
        applied.Output.ShouldContain("+ other (other.json)");
        applied.Output.ShouldContain("- nightly (in no file; disabled)");
        (await RunningService.RunToEndAsync(setup, "configs", "diff")).ExitCode.ShouldBe(0);

        await using var last = await RunningService.StartAsync(setup);
        var gone = (await last.Api.SendAsync(HttpMethod.Get, "/api/configs/nightly")).Body!.Value;
        (gone.GetProperty("isConfigured").GetBoolean(), gone.GetProperty("config").GetProperty("enabled").GetBoolean()).ShouldBe((false, false));
        gone.GetProperty("lastBackup").GetProperty("status").GetString().ShouldBe("SUCCESS", "its backups stay");
    }

    [Fact]
    public async Task Nodes_that_start_at_once_apply_one_folder_once()
    {
        using var folder = new TempFolder("config-files");
        var database = await server.ServiceDatabaseAsync();
        using var one = new ServiceSetup(database);
        await using (var first = await RunningService.StartAsync(one)) await first.Api.AddSourceAsync(server.AsSource("small", await server.SmallAsync()));
        using var two = new ServiceSetup(database).With("Service__NodeName", "two").With("Service__ConfigFolder", folder.Path);
        one.With("Service__NodeName", "one").With("Service__ConfigFolder", folder.Path);
        await File.WriteAllTextAsync(folder.File("all.yaml"), "configs:\n" + string.Concat(Enumerable.Range(0, 50).Select(number => $"- {{name: c{number}, source: small, schedule: daily 02:00}}\n")));

        var ended = await Task.WhenAll(RunningService.RunToEndAsync(one, "configs", "apply"), RunningService.RunToEndAsync(two, "configs", "apply"));

        ended.Select(end => end.ExitCode).ShouldBe([0, 0], ended[0].Errors + ended[1].Errors);
        ended.Count(end => end.Output.Contains("50 new, 0 changed, 0 gone, 0 unchanged.", StringComparison.Ordinal)).ShouldBe(1);
        ended.Count(end => end.Output.Contains("0 new, 0 changed, 0 gone, 50 unchanged.", StringComparison.Ordinal)).ShouldBe(1);
    }
}
