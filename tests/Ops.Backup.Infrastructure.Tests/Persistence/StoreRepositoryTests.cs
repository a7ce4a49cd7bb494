using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

[Collection(PostgresCollection.Name)]
public sealed class StoreRepositoryTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Recipient = "age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth";
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private TestDatabase _database = null!;

    public static TheoryData<string> Kinds => [.. Words.All<StoreKind>()];

    private StoreRepository Repository => new(new Infrastructure.Persistence.Database(new Contexts(_database)), new FakeTime(Noon.AddDays(1)));

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync(postgres);

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_store_comes_back_as_it_was(string kind)
    {
        StoreSettings settings = Words.Parse<StoreKind>(kind, "kind") switch
        {
            StoreKind.Local => new LocalSettings("/data/订单 'x' \"y\""),
            StoreKind.Oss => new OssSettings("abc", "http://h:1", "r", "备份/'a'/", Addressing.Cname, OssSignature.V1, ServerSideEncryption.Kms, "key", "IA", 500),
            StoreKind.S3 => new S3Settings("abc", "r", "http://h:1", "", true, ServerSideEncryption.Aes256, null, "GLACIER", ObjectLockMode.Compliance, 30, 500),
            _ => new RcloneSettings("nas", "a/b/", "/etc/rclone.conf"),
        };
        var store = Make("我的 'store' \"1\"", settings, credentials: "cipher", recipients: [Recipient], limit: 5_000_000_000, isDefault: true);

        await Repository.AddAsync(store, CancellationToken.None);

        var read = await Repository.GetAsync(store.Id, CancellationToken.None);
        Shown(read).ShouldBe(Shown(store));
        (await Repository.GetAsync(store.Name, CancellationToken.None)).Id.ShouldBe(store.Id);
        (await _database.AskAsync<string>("SELECT concat_ws('|', kind, settings ->> 'kind', jsonb_typeof(settings), recipients ->> 0, bytes_per_second) FROM backup_store"))
            .ShouldBe($"{kind}|{kind}|object|{Recipient}|5000000000");
    }

    [Fact]
    public async Task Stores_are_listed_by_name_and_changed()
    {
        foreach (var name in new[] { "b", "a" }) await Repository.AddAsync(Make(name), CancellationToken.None);
        var changed = await Repository.GetAsync("a", CancellationToken.None);
        changed.Change(new StoreFacts("c", new LocalSettings("/other"), [], null, IsDefault: true), Noon.AddHours(1));
        await Repository.SaveAsync(changed, CancellationToken.None);

        var stores = await Repository.ListAsync(CancellationToken.None);
        stores.Select(store => store.Name).ShouldBe(["b", "c"]);
        Shown(stores[1]).ShouldBe(Shown(changed));
    }

    [Fact]
    public async Task A_name_is_given_once()
    {
        await Repository.AddAsync(Make("a"), CancellationToken.None);
        await Repository.AddAsync(Make("b"), CancellationToken.None);
        (await Should.ThrowAsync<ConflictException>(() => Repository.AddAsync(Make("a"), CancellationToken.None))).Code.ShouldBe("STORE_NAME_TAKEN");
        var other = await Repository.GetAsync("b", CancellationToken.None);
        other.Change(new StoreFacts("a", other.Settings, [], null, false), Noon);
        (await Should.ThrowAsync<ConflictException>(() => Repository.SaveAsync(other, CancellationToken.None))).Code.ShouldBe("STORE_NAME_TAKEN");
    }

    [Fact]
    public async Task A_store_that_is_not_there_is_told()
    {
        (await Should.ThrowAsync<NotFoundException>(() => Repository.GetAsync("no'where\"", CancellationToken.None))).Code.ShouldBe("STORE_NOT_FOUND");
        (await Should.ThrowAsync<NotFoundException>(() => Repository.SaveAsync(Make("never"), CancellationToken.None))).Code.ShouldBe("STORE_NOT_FOUND");
    }

    [Fact]
    public async Task A_store_is_removed_only_when_no_copies_of_undeleted_backups_are_in_it()
    {
        var store = Make("a");
        await Repository.AddAsync(store, CancellationToken.None);
        await AddCopiesAsync(store, undeleted: 2, deleted: 1);

        var refusal = await Should.ThrowAsync<ConflictException>(() => Repository.RemoveAsync(store, CancellationToken.None));
        (refusal.Code, refusal.Message.Contains(" 2 copies")).ShouldBe(("STORE_IN_USE", true));
        (await _database.AskAsync<long>("SELECT count(*) FROM backup_copy")).ShouldBe(3);

        await _database.ExecuteAsync("UPDATE db_backup_job SET deleted = true");
        await Repository.RemoveAsync(store, CancellationToken.None);
        (await _database.AskAsync<long>("SELECT count(*) FROM backup_store")).ShouldBe(0);
        (await _database.AskAsync<long>("SELECT count(*) FROM backup_copy")).ShouldBe(0);
    }

    [Fact]
    public async Task A_copy_that_is_begun_meanwhile_keeps_the_store()
    {
        var store = Make("a");
        await Repository.AddAsync(store, CancellationToken.None);
        await using var other = await _database.DataSource.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var command = other.CreateCommand())
        {
            command.CommandText = $"INSERT INTO db_backup_job (id, started_at) VALUES ('j', now()); INSERT INTO backup_copy (job_id, store_id, store_name, kind) VALUES ('j', '{store.Id}', 's', 'local')";
            await command.ExecuteNonQueryAsync();
        }

        var removing = Repository.RemoveAsync(store, CancellationToken.None);
        await Poll.Until("the removal waits for the copy", async () =>
            await _database.AskAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 1, TimeSpan.FromSeconds(20));
        await transaction.CommitAsync();

        (await Should.ThrowAsync<ConflictException>(() => removing)).Code.ShouldBe("STORE_IN_USE");
    }

    [Fact]
    public async Task Configured_stores_are_written_and_renewed_and_keep_their_ids()
    {
        await DefineAsync(Defined("local"), Defined("oss", "/first", recipients: [Recipient]));
        var id = (await Repository.GetAsync("oss", CancellationToken.None)).Id;

        await DefineAsync(Defined("local"), Defined("oss", "/second", credentials: "new cipher"));

        var oss = await Repository.GetAsync("oss", CancellationToken.None);
        (oss.Id, oss.IsConfigured, oss.Settings, oss.EncryptedCredentials, oss.Recipients.Count).ShouldBe((id, true, new LocalSettings("/second"), "new cipher", 0));
    }

    [Fact]
    public async Task Nodes_that_start_at_once_define_them_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(node => Task.Run(() => DefineAsync(Defined("s3"), Defined("local", $"/node{node}"), Defined("oss")))));
        (await Repository.ListAsync(CancellationToken.None)).Select(store => store.Name).ShouldBe(["local", "oss", "s3"]);
    }

    [Fact]
    public async Task One_whose_variables_are_gone_is_removed_or_while_copies_are_in_it_an_ordinary_one()
    {
        await DefineAsync(Defined("local"), Defined("oss"), Defined("s3"));
        var oss = await Repository.GetAsync("oss", CancellationToken.None);
        await AddCopiesAsync(oss, undeleted: 1, deleted: 0);
        await Repository.AddAsync(Make("mine"), CancellationToken.None);

        await DefineAsync(Defined("local"));

        (await Repository.ListAsync(CancellationToken.None)).Select(store => $"{store.Name} {store.IsConfigured} {store.IsDefault}")
            .ShouldBe(["local True True", "mine False False", "oss False False"]);
        await DefineAsync(Defined("local"), Defined("oss", "/back"));
        var back = await Repository.GetAsync("oss", CancellationToken.None);
        (back.Id, back.IsConfigured, back.IsDefault).ShouldBe((oss.Id, true, true));
    }

    [Fact]
    public async Task A_store_that_people_made_is_never_taken_over_and_then_nothing_is_changed()
    {
        await Repository.AddAsync(Make("oss", new LocalSettings("/mine")), CancellationToken.None);

        var refusal = await Should.ThrowAsync<ConflictException>(() => DefineAsync(Defined("local"), Defined("oss")));

        refusal.Code.ShouldBe("STORE_NAME_TAKEN");
        (await Repository.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().Settings.ShouldBe(new LocalSettings("/mine"));
    }

    // Every property, the settings with those of their own kind.
    private static string Shown(Store store) => $"{JsonSerializer.Serialize(store)} {store.Settings}";

    private static Store Make(
        string name, StoreSettings? settings = null, string? credentials = null, string[]? recipients = null, long? limit = null, bool isDefault = false, bool isConfigured = false) =>
        Store.Create(new StoreFacts(name, settings ?? new LocalSettings("/data"), recipients ?? [], limit, isDefault), credentials, isConfigured, Noon);

    private static Store Defined(string name, string folder = "/data", string? credentials = null, string[]? recipients = null) =>
        Make(name, new LocalSettings(folder), credentials, recipients, isDefault: true, isConfigured: true);

    private Task DefineAsync(params Store[] stores) => Repository.DefineAsync(stores, CancellationToken.None);

    private Task AddCopiesAsync(Store store, int undeleted, int deleted) => _database.ExecuteAsync($"""
        INSERT INTO db_backup_job (id, started_at, deleted) SELECT 'j' || n, now(), n > {undeleted} FROM generate_series(1, {undeleted + deleted}) n;
        INSERT INTO backup_copy (job_id, store_id, store_name, kind) SELECT id, '{store.Id}', 's', 'local' FROM db_backup_job;
        """);

    private sealed class Contexts(TestDatabase database) : IDbContextFactory<BackupDbContext>
    {
        public BackupDbContext CreateDbContext() => new(new DbContextOptionsBuilder<BackupDbContext>().UseNpgsql(database.DataSource).Options);
    }
}
