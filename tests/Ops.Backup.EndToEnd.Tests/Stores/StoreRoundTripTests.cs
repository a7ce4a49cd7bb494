using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>Promise 1 and 10 for every kind of store: one pass fills them all, and what lies in each is the whole backup.</summary>
[Collection(Servers.Use)]
public sealed class StoreRoundTripTests(SourceServer server, AllStores stores) : IClassFixture<AllStores>
{
    [Theory]
    [InlineData("custom")]
    [InlineData("plain")]
    [InlineData("directory")]
    public async Task One_pass_puts_the_same_whole_backup_into_every_store_and_it_restores_from_there(string format)
    {
        var backup = await stores.Api.SucceedAsync(new { source = "chinook", format });

        backup.Mode.ShouldBe("both");
        backup.Copies.Select(copy => copy.Store).ShouldBe(AllStores.Names, ignoreOrder: true);
        backup.Copies.ShouldAllBe(copy => copy.Status == "completed" && copy.SizeBytes == backup.SizeBytes && copy.Url != null);
        // WebDAV knows no hashes.
        backup.Copies.ShouldAllBe(copy => copy.Checksum != null || copy.Store == "dav");
        backup.RemoteUrls.ShouldBe(AllStores.Remote.Select(store => backup.Copy(store).Url), ignoreOrder: true);
        backup.Copy("oss").Url.ShouldBe($"oss://oss/{AllStores.Prefix}{backup.File("dump").Name}");
        var local = await stores.ContentsAsync("local", backup);
        local.Keys.ShouldBe([.. backup.Files.Select(file => file.Name), backup.BaseName + ".json"], ignoreOrder: true);
        foreach (var store in AllStores.Remote)
        {
            var remote = await stores.ContentsAsync(store, backup);
            remote.Keys.ShouldBe(local.Keys, store);
            foreach (var (name, content) in remote) content.SequenceEqual(local[name]).ShouldBeTrue($"{name} in {store}");
        }

        await RestoreScript.DropAsync(server.Cluster);
        await RestoreScript.RunAsync(server.Cluster, await stores.ContentsAsync("oss", backup));
        (await TableContents.OfAsync(server.Cluster, RestoreScript.Database)).ShouldBe(await TableContents.OfAsync(server.Cluster, "chinook"));
        await RestoreScript.DropAsync(server.Cluster);
    }

    [Fact]
    public async Task A_download_from_any_store_is_the_stored_file_and_can_be_resumed()
    {
        var backup = await stores.Api.SucceedAsync(new { source = "chinook" });
        foreach (var store in AllStores.Names)
        {
            var whole = await stores.DownloadAsync(backup, $"store={store}");
            Convert.ToHexStringLower(SHA256.HashData(whole)).ShouldBe(backup.Checksum, store);

            (await RangeAsync(backup, store, 1000, null)).ShouldBe((HttpStatusCode.PartialContent, Convert.ToHexString(whole[1000..])), store);
            (await RangeAsync(backup, store, 5, 9)).ShouldBe((HttpStatusCode.PartialContent, Convert.ToHexString(whole[5..10])), store);
            (await RangeAsync(backup, store, whole.Length, null)).Status.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable, store);
        }
        (await stores.Api.SendAsync(HttpMethod.Get, $"/api/backups/{backup.Id}/download?store=nowhere")).Code.ShouldBe("COPY_NOT_FOUND");
    }

    [Fact]
    public async Task A_link_fetches_the_copy_without_the_service_and_its_keys()
    {
        var backup = await stores.Api.SucceedAsync(new { source = "chinook" });
        using var anybody = new HttpClient();
        foreach (var store in new[] { "oss", "s3" })
        {
            var link = (await stores.Api.SendAsync(HttpMethod.Get, $"/api/backups/{backup.Id}/link?store={store}&validSeconds=60")).Text("url")!;
            Convert.ToHexStringLower(SHA256.HashData(await anybody.GetByteArrayAsync(new Uri(link)))).ShouldBe(backup.Checksum, store);
        }
        foreach (var store in new[] { "local", "dav" })
            (await stores.Api.SendAsync(HttpMethod.Get, $"/api/backups/{backup.Id}/link?store={store}")).Code.ShouldBe("NO_LINK", store);
    }

    [Fact]
    public async Task A_deleted_backup_is_gone_from_every_store_and_its_neighbour_stays()
    {
        var neighbour = await stores.Api.SucceedAsync(new { source = "chinook", format = "plain" });
        var backup = await stores.Api.SucceedAsync(new { source = "chinook" });

        (await stores.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{backup.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);

        foreach (var store in AllStores.Names)
        {
            (await stores.ContentsAsync(store, backup)).ShouldBeEmpty(store);
            (await stores.ContentsAsync(store, neighbour)).Count.ShouldBe(neighbour.Files.Count + 1, store);
        }
        File.Exists(backup.ReportFile).ShouldBeFalse();
    }

    [Theory]
    [InlineData("oss", "custom")]
    [InlineData("s3", "plain")]
    [InlineData("dav", "directory")]
    [InlineData("oss", "directory")]
    public async Task A_backup_that_is_nowhere_but_in_a_remote_store_is_read_back_from_there(string store, string format)
    {
        var before = stores.Setup.DataFiles();
        var backup = await stores.Api.SucceedAsync(new { source = "chinook", format, stores = new[] { store } });

        (backup.Mode, backup.LocalFile).ShouldBe(("oss", null));
        stores.Setup.DataFiles().ShouldBe(before);
        backup.Verifications.ShouldContain(check => check.Type == "integrity_check" && check.Status == "passed");
        if (store == "oss")
            stores.Oss.Requests.ShouldContain(request => request.Operation == OssOperation.GetObject && request.Key.EndsWith(backup.File("dump").Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_remote_copy_that_was_changed_behind_our_back_is_not_handed_out_as_good()
    {
        var backup = await stores.Api.SucceedAsync(new { source = "chinook", stores = new[] { "oss" } });
        await stores.Oss.DamageAsync("oss", AllStores.Prefix + backup.File("dump").Name);

        await Should.ThrowAsync<HttpRequestException>(() => stores.DownloadAsync(backup, "store=oss"));
    }

    private async Task<(HttpStatusCode Status, string Content)> RangeAsync(BackupView backup, string store, long from, long? to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/backups/{backup.Id}/download?store={store}", UriKind.Relative));
        request.Headers.Range = new RangeHeaderValue(from, to);
        using var answer = await stores.Api.Http.SendAsync(request);
        return (answer.StatusCode, Convert.ToHexString(await answer.Content.ReadAsByteArrayAsync()));
    }
}
