using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.EndToEnd.Tests.Stores;

/// <summary>Whoever has a secret key restores with stock tools; nobody else, the service among them, reads anything.</summary>
[Collection(Servers.Use)]
public sealed class EncryptionTests(SourceServer server, AllStores stores) : IClassFixture<AllStores>, IDisposable
{
    private readonly AgeKey _key = new();

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("custom", "zstd:1")]
    [InlineData("plain", "gzip:1")]
    [InlineData("directory", "zstd:1")]
    public async Task What_lies_in_each_store_restores_with_the_secret_key_by_its_own_instructions(string format, string compression)
    {
        var backup = await BackUpAsync(new { source = "chinook", format, compression, recipients = new[] { _key.Recipient } });

        foreach (var store in AllStores.Names)
        {
            var files = await stores.ContentsAsync(store, backup);
            files.Keys.ShouldContain(backup.File("dump").Name, store);
            foreach (var role in new[] { "dump", "globals" })
            {
                backup.File(role).Name.ShouldEndWith(".age");
                Encoding.ASCII.GetString(files[backup.File(role).Name], 0, 21).ShouldBe("age-encryption.org/v1", store);
                Encoding.UTF8.GetString(files[backup.File("checksum").Name]).ShouldContain($"{Convert.ToHexStringLower(SHA256.HashData(files[backup.File(role).Name]))}  {backup.File(role).Name}");
            }
        }
        await RestoreScript.DropAsync(server.Cluster);
        await RestoreScript.RunAsync(server.Cluster, await stores.ContentsAsync("s3", backup), _key);
        (await TableContents.OfAsync(server.Cluster, RestoreScript.Database)).ShouldBe(await TableContents.OfAsync(server.Cluster, "chinook"));
        await RestoreScript.DropAsync(server.Cluster);
    }

    [Fact]
    public async Task The_recipients_of_the_store_and_of_the_request_can_both_open_it_and_nobody_else()
    {
        using var another = new AgeKey();
        using var stranger = new AgeKey();
        stores.Oss.AddBucket("sealed");
        (await stores.Api.AddStoreAsync(StoreRequests.Oss(stores.Oss, "sealed", isDefault: false, recipients: [_key.Recipient]))).Status.ShouldBe(HttpStatusCode.Created);
        var backup = await BackUpAsync(new { source = "chinook", stores = new[] { "local", "sealed" }, recipients = new[] { another.Recipient } });

        backup.Recipients.ShouldBe([_key.Recipient, another.Recipient], ignoreOrder: true);
        (await DecryptAsync(_key, backup.LocalFile!)).ExitCode.ShouldBe(0);
        (await DecryptAsync(another, backup.LocalFile!)).ExitCode.ShouldBe(0);
        (await DecryptAsync(stranger, backup.LocalFile!)).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task An_encrypted_file_that_was_cut_does_not_decrypt()
    {
        var backup = await BackUpAsync(new { source = "chinook", stores = new[] { "local" }, recipients = new[] { _key.Recipient } });
        using var folder = new TempFolder("cut");
        // On the border of age's blocks of 64 KiB, where nothing but the missing last block tells.
        var whole = await File.ReadAllBytesAsync(backup.LocalFile!);
        foreach (var left in new[] { whole.Length - 1, whole.Length / 2 })
        {
            await File.WriteAllBytesAsync(folder.File("cut.age"), whole[..left]);
            (await DecryptAsync(_key, folder.File("cut.age"))).ExitCode.ShouldNotBe(0);
        }
    }

    [Fact]
    public async Task Without_a_secret_key_the_service_checks_the_sum_and_opens_nothing()
    {
        var backup = await BackUpAsync(new { source = "chinook", recipients = new[] { _key.Recipient } });

        backup.Verifications.Select(check => (check.Type, check.Status)).ShouldBe([("checksum", "passed")]);
        var refused = await stores.Api.SendAsync(HttpMethod.Get, $"/api/backups/{backup.Id}/download?decrypt=true");
        (refused.Status, refused.Code).ShouldBe((HttpStatusCode.Conflict, "NO_IDENTITY"));
    }

    [Fact]
    public async Task Nothing_of_the_plain_text_is_in_a_stored_file_a_report_or_a_log()
    {
        const string marker = "a-marker-that-nobody-may-read";
        var database = await server.Cluster.CreateDatabaseAsync("marked");
        await PostgresCluster.ExecuteAsync(database, $"CREATE TABLE marked AS SELECT '{marker}'::text AS text");
        await PostgresCluster.ExecuteAsync(database, $"CREATE ROLE \"{marker}\"");
        await stores.Api.AddSourceAsync(server.AsSource("marked", "marked"));
        var sealedBackup = await BackUpAsync(new { source = "marked", format = "plain", compression = "none", recipients = new[] { _key.Recipient } });
        var open = await BackUpAsync(new { source = "marked", format = "plain", compression = "none" });

        // The search finds it where it is to be found.
        foreach (var role in new[] { "dump", "globals" }) Has(marker, (await stores.ContentsAsync("oss", open))[open.File(role).Name]).ShouldBeTrue(role);
        foreach (var store in AllStores.Names)
            foreach (var (name, content) in await stores.ContentsAsync(store, sealedBackup)) Has(marker, content).ShouldBeFalse($"{name} in {store}");
        Has(marker, await File.ReadAllBytesAsync(sealedBackup.LogFile!)).ShouldBeFalse();
        sealedBackup.ReadReport().ShouldNotContain(marker);
        stores.Service.Output.ShouldNotContain(marker);
        ServiceSetup.NamesIn(Path.Combine(stores.Setup.ServiceFolder, "tmp")).ShouldNotContain(name => name.Contains("part-", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("age1nonsense")]
    [InlineData("--help")]
    [InlineData("AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ")]
    public async Task A_wrong_recipient_is_refused_at_the_door(string recipient)
    {
        var refused = await stores.Api.SendAsync(HttpMethod.Post, "/api/backups", new { source = "chinook", recipients = new[] { recipient } });
        (refused.Status, refused.Code).ShouldBe((HttpStatusCode.BadRequest, "RECIPIENT_INVALID"));
        var store = await stores.Api.AddStoreAsync(StoreRequests.Oss(stores.Oss, "refused", isDefault: false, recipients: [recipient]));
        (store.Status, store.Code).ShouldBe((HttpStatusCode.BadRequest, "RECIPIENT_INVALID"));
    }

    private Task<BackupView> BackUpAsync(object body) => stores.Api.SucceedAsync(body);

    private static Task<ToolResult> DecryptAsync(AgeKey key, string file) =>
        Tool.RunAsync(new ProcessSpec("/usr/bin/age", ["--decrypt", $"--identity={key.File}", "--output=/dev/null", file]), null, CancellationToken.None);

    private static bool Has(string text, byte[] content) => content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
