using System.Net;
using System.Security.Cryptography;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>A config says where its backups lie, and there they are, in every kind of store.</summary>
[Collection(Servers.Use)]
public sealed class ConfiguredPathTests(SourceServer server, AllStores stores) : IClassFixture<AllStores>
{
    private const string Template = "{storage_path}/{backup_type}/{yyyyMMdd_HHmmss}_{config_name}.tar.gz";

    [Fact]
    public async Task A_tar_gz_at_the_path_that_the_config_asks_for_is_whole_in_every_store_restores_and_is_deleted()
    {
        (await stores.Api.SendAsync(HttpMethod.Post, "/api/configs", Config("nightly", Template))).Status.ShouldBe(HttpStatusCode.Created);
        var requested = await stores.Api.SendAsync(HttpMethod.Post, "/api/configs/nightly/run");
        requested.Status.ShouldBe(HttpStatusCode.Accepted);
        var backup = await stores.Api.EndOfAsync(requested.Text("id")!);

        backup.Status.ShouldBe("SUCCESS", backup.ErrorMessage);
        var dump = backup.File("dump").Name;
        dump.ShouldMatch(@"^manual/\d{8}_\d{6}_nightly\.tar\.gz$");
        (backup.LocalFile, backup.Copy("oss").Url).ShouldBe((Path.Combine(stores.Setup.DataFolder, dump), $"oss://oss/{AllStores.Prefix}{dump}"));
        backup.Verifications.ShouldContain(check => check.Type == "integrity_check" && check.Status == "passed");
        backup.ShouldReport("SUCCESS", null);
        Path.GetDirectoryName(backup.ReportFile).ShouldBe(stores.Setup.ReportFolder);
        var local = await stores.ContentsAsync("local", backup);
        local.Keys.ShouldBe([.. backup.Files.Select(file => file.Name), backup.BaseName + ".json"], ignoreOrder: true);
        foreach (var store in AllStores.Remote)
        {
            var remote = await stores.ContentsAsync(store, backup);
            remote.Keys.ShouldBe(local.Keys, store);
            foreach (var (name, content) in remote) content.SequenceEqual(local[name]).ShouldBeTrue($"{name} in {store}");
            var scan = await stores.Api.SendAsync(HttpMethod.Post, $"/api/stores/{store}/scan");
            (scan.Text("copiesLostCount"), scan.Text("straysCount"), scan.Text("copiesWhole")).ShouldBe(("0", "0", "1"), store);
            Convert.ToHexStringLower(SHA256.HashData(await stores.DownloadAsync(backup, $"store={store}"))).ShouldBe(backup.Checksum, store);
        }
        using (var answer = await stores.Api.Http.GetAsync(new Uri($"/api/backups/{backup.Id}/download", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead))
            answer.Content.Headers.ContentDisposition!.FileName.ShouldBe(Path.GetFileName(dump));

        await RestoreScript.DropAsync(server.Cluster);
        await RestoreScript.RunAsync(server.Cluster, await stores.ContentsAsync("s3", backup));
        (await TableContents.OfAsync(server.Cluster, RestoreScript.Database)).ShouldBe(await TableContents.OfAsync(server.Cluster, "chinook"));
        await RestoreScript.DropAsync(server.Cluster);

        (await stores.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{backup.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        foreach (var store in AllStores.Names) (await stores.ContentsAsync(store, backup)).ShouldBeEmpty(store);
        Directory.Exists(Path.GetDirectoryName(backup.LocalFile)).ShouldBeFalse("its folder goes with its last file");
    }

    [Theory]
    [InlineData("../{yyyyMMdd_HHmmss}", "PATH_TEMPLATE_INVALID")]
    [InlineData("{config_name}", "PATH_TEMPLATE_TIME_MISSING")]
    [InlineData("{yyyyMMdd_HHmmss}_{user}", "PATH_TEMPLATE_PLACEHOLDER_UNKNOWN")]
    [InlineData("{yyyyMMdd_HHmmss}.dump", "PATH_TEMPLATE_EXTENSION_WRONG")]
    public async Task A_template_that_can_t_be_is_refused_when_the_config_is_made(string template, string code)
    {
        var answer = await stores.Api.SendAsync(HttpMethod.Post, "/api/configs", Config("refused", template));
        (answer.Status, answer.Code, answer.Field).ShouldBe((HttpStatusCode.BadRequest, code, "pathTemplate"));
        (await stores.Api.SendAsync(HttpMethod.Get, "/api/configs/refused")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    private static object Config(string name, string pathTemplate) => new { name, source = "chinook", format = "directory", jobs = 2, compression = "gzip:6", pathTemplate };
}
