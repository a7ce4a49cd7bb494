using System.Text.Json;
using Moq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Stores;

public sealed class StoreUseCaseTests
{
    private readonly Mock<IStores> _stores = new();
    private readonly Mock<IStoreUsage> _usage = new();
    private readonly Secrets _secrets = new();

    public StoreUseCaseTests() => _usage.Setup(usage => usage.NewestAsync(It.IsAny<CancellationToken>())).ReturnsAsync(new Dictionary<string, StoreMeasure>());

    [Theory]
    [InlineData("local", """{"foldr":"/x"}""", "UNKNOWN_KEY", "settings.foldr")]
    [InlineData("oss", """{"buket":"b"}""", "UNKNOWN_KEY", "settings.buket")]
    [InlineData("oss", """{"bucket":"abc","endpoint":"h","region":"r","objectLockDays":3}""", "UNKNOWN_KEY", "settings.objectLockDays")]
    [InlineData("local", """{"folder":"/x","kind":"oss"}""", "UNKNOWN_KEY", "settings.kind")]
    [InlineData("local", """{"Folder":"/x"}""", "UNKNOWN_KEY", "settings.Folder")]
    [InlineData("local", """{"bucket":null,"folder":"/x"}""", "UNKNOWN_KEY", "settings.bucket")]
    [InlineData("local", """{"folder":"/x","folder":"/y"}""", "KEY_TWICE", "settings.folder")]
    [InlineData("local", """{"folder":5}""", "TYPE_WRONG", "settings.folder")]
    [InlineData("local", """{"folder":{"a":1}}""", "TYPE_WRONG", "settings.folder")]
    [InlineData("local", "[]", "TYPE_WRONG", "settings")]
    [InlineData("local", "\"text\"", "TYPE_WRONG", "settings")]
    [InlineData("local", "{}", "VALUE_MISSING", "settings.folder")]
    [InlineData("local", """{"folder":null}""", "VALUE_MISSING", "settings.folder")]
    [InlineData("local", """{"folder":"/x\ud800"}""", "TEXT_INVALID", "settings")]
    [InlineData("local", """{"folder":"/x","\ud800":1}""", "TEXT_INVALID", "settings")]
    [InlineData("oss", """{"signature":"v5"}""", "TYPE_WRONG", "settings.signature")]
    [InlineData("oss", """{"signature":0}""", "TYPE_WRONG", "settings.signature")]
    [InlineData("oss", """{"maxParts":"100"}""", "TYPE_WRONG", "settings.maxParts")]
    [InlineData("oss", """{"maxParts":99999999999}""", "TYPE_WRONG", "settings.maxParts")]
    [InlineData("s3", """{"pathStyle":1}""", "TYPE_WRONG", "settings.pathStyle")]
    [InlineData("nfs", "{}", "UNKNOWN_WORD", "kind")]
    [InlineData("", "{}", "VALUE_MISSING", "kind")]
    public async Task Settings_that_can_not_be_are_refused_and_the_field_named(string kind, string settings, string code, string field)
    {
        var refusal = await Should.ThrowAsync<InvalidValueException>(() => CreateAsync(kind, settings));
        (refusal.Code, refusal.Field).ShouldBe((code, field));
        _stores.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task A_huge_key_is_not_given_back_whole()
    {
        var refusal = await Should.ThrowAsync<InvalidValueException>(() => CreateAsync("local", $$"""{"{{new string('k', 100_000)}}":1}"""));
        refusal.Message.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public async Task A_word_that_is_none_is_answered_by_those_that_there_are() =>
        (await Should.ThrowAsync<InvalidValueException>(() => CreateAsync("oss", """{"addressing":"dns"}"""))).Message.ShouldContain("virtual_host, cname, path");

    [Fact]
    public async Task Settings_are_shown_whole_with_what_was_left_out()
    {
        var view = await CreateAsync("oss", """{"bucket":"abc","endpoint":"oss-cn-hangzhou.aliyuncs.com","prefix":"备份/\"'"}""", new StoreCredentials("LTAI1234", "secret"));
        view.Settings.EnumerateObject().Select(key => key.Name).ShouldBe(
            ["bucket", "endpoint", "region", "prefix", "addressing", "signature", "serverSideEncryption", "kmsKeyId", "storageClass", "maxParts"]);
        view.Settings.GetProperty("prefix").GetString().ShouldBe("备份/\"'/");
        view.Settings.GetProperty("region").GetString().ShouldBe("cn-hangzhou");
    }

    [Fact]
    public async Task Credentials_are_kept_encrypted_and_shown_by_four_characters()
    {
        Store? added = null;
        _stores.Setup(stores => stores.AddAsync(It.IsAny<Store>(), It.IsAny<CancellationToken>())).Callback<Store, CancellationToken>((store, _) => added = store);

        var view = await CreateAsync("s3", """{"bucket":"abc","region":"r"}""", new StoreCredentials("AKIA1234567890", "hunter2-secret", "hunter2-token"));

        view.HasCredentials.ShouldBeTrue();
        view.AccessKeyId.ShouldBe("AKIA…");
        JsonSerializer.Serialize(view).ShouldSatisfyAllConditions(shown => shown.ShouldNotContain("hunter2"), shown => shown.ShouldNotContain("AKIA1"));
        added!.EncryptedCredentials.ShouldNotBeNull().ShouldNotContain("hunter2");
        _secrets.CredentialsOf(added).ShouldBe(new StoreCredentials("AKIA1234567890", "hunter2-secret", "hunter2-token"));
    }

    [Fact]
    public async Task Of_a_short_key_nothing_is_shown() =>
        (await CreateAsync("s3", """{"bucket":"abc","region":"r"}""", new StoreCredentials("minio", "secret"))).AccessKeyId.ShouldBe("…");

    [Fact]
    public async Task What_a_change_leaves_out_stays()
    {
        var store = Known(new S3Settings("abc", "r", Prefix: "p/"), new StoreCredentials("AKIA1234567890", "old", "token"));

        await UpdateAsync(new UpdateStore("s", null, "s3", Json("""{"bucket":"other","prefix":null}"""), new StoreCredentials(AccessKeySecret: "new", SecurityToken: ""), null, null, null));

        store.Name.ShouldBe("s");
        store.Settings.ShouldBe(new S3Settings("other", "r"));
        _secrets.CredentialsOf(store).ShouldBe(new StoreCredentials("AKIA1234567890", "new"));
        (store.BytesPerSecond, store.IsDefault).ShouldBe((5000, true));
        _stores.Verify(stores => stores.SaveAsync(store, It.IsAny<CancellationToken>()));
    }

    [Fact]
    public async Task A_limit_of_nought_is_none()
    {
        var store = Known(new LocalSettings("/data"), null);
        await UpdateAsync(new UpdateStore("s", null, null, null, null, null, 0, false));
        (store.BytesPerSecond, store.IsDefault).ShouldBe((null, false));
    }

    [Fact]
    public async Task The_kind_stays()
    {
        Known(new LocalSettings("/data"), null);
        (await Should.ThrowAsync<InvalidValueException>(() => UpdateAsync(new UpdateStore("s", null, "oss", null, null, null, null, null)))).Code.ShouldBe("KIND_FIXED");
    }

    [Fact]
    public async Task Credentials_that_can_not_be_decrypted_are_not_shown_and_can_be_replaced()
    {
        var store = Known(new S3Settings("abc", "r"), null);
        store.ChangeCredentials("from another key", DateTimeOffset.UnixEpoch);
        StoreView.Of(store, _secrets).ShouldSatisfyAllConditions(view => view.HasCredentials.ShouldBeTrue(), view => view.AccessKeyId.ShouldBeNull());

        await UpdateAsync(new UpdateStore("s", null, null, null, new StoreCredentials("AKIA1234567890", "new"), null, null, null));

        _secrets.CredentialsOf(store).ShouldBe(new StoreCredentials("AKIA1234567890", "new"));
    }

    [Fact]
    public async Task A_configured_store_is_neither_changed_nor_deleted()
    {
        Known(new LocalSettings("/data"), null, isConfigured: true);
        (await Should.ThrowAsync<ConflictException>(() => UpdateAsync(new UpdateStore("s", null, null, null, null, null, null, false)))).Code.ShouldBe("STORE_CONFIGURED");
        MediatR.IRequestHandler<DeleteStore, MediatR.Unit> delete = new DeleteStoreHandler(_stores.Object);
        (await Should.ThrowAsync<ConflictException>(() => delete.Handle(new DeleteStore("s"), CancellationToken.None))).Code.ShouldBe("STORE_CONFIGURED");
        _stores.Verify(stores => stores.RemoveAsync(It.IsAny<Store>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private Task<StoreView> CreateAsync(string kind, string settings, StoreCredentials? credentials = null) =>
        new CreateStoreHandler(_stores.Object, _secrets, TimeProvider.System).Handle(new CreateStore("s", kind, Json(settings), credentials, null, null, null), CancellationToken.None);

    private Task<StoreView> UpdateAsync(UpdateStore change) => new UpdateStoreHandler(_stores.Object, _usage.Object, _secrets, TimeProvider.System).Handle(change, CancellationToken.None);

    private Store Known(StoreSettings settings, StoreCredentials? credentials, bool isConfigured = false)
    {
        var store = Store.Create(new StoreFacts("s", settings, [], 5000, IsDefault: true), _secrets.Lock(credentials), isConfigured, DateTimeOffset.UnixEpoch);
        _stores.Setup(stores => stores.GetAsync("s", It.IsAny<CancellationToken>())).ReturnsAsync(store);
        return store;
    }

    /// <summary>Enough to see whether a text was encrypted, and with which key.</summary>
    private sealed class Secrets : ISecrets
    {
        private const string Mark = "locked:";

        public string Protect(string secret) => Mark + Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(secret));

        public string Unprotect(string ciphertext) => ciphertext.StartsWith(Mark, StringComparison.Ordinal)
            ? System.Text.Encoding.UTF8.GetString(Convert.FromHexString(ciphertext[Mark.Length..])) : throw new SecretUnreadableException(new InvalidOperationException());
    }
}
