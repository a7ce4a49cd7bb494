using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Moq;
using Ops.Backup.Api.Encryption;
using Ops.Backup.Api.Stores;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests;

/// <summary>Over real HTTP and with real folders; the stores are kept in memory.</summary>
public sealed class StoreEndpointTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new("store-api");
    private readonly Known _known = new();
    private readonly Mock<IStoreUsage> _usage = new();
    private readonly Mock<IStoreScans> _scans = new();
    private readonly Mock<IEncryption> _encryption = new();
    private TestApi _api = null!;

    public async Task InitializeAsync()
    {
        _usage.Setup(usage => usage.NewestAsync(It.IsAny<CancellationToken>())).ReturnsAsync(new Dictionary<string, StoreMeasure>());
        _api = await TestApi.StartAsync(
            services => services.AddSingleton<IStores>(_known).AddSingleton(Options.Create(new BackupOptions())).AddSingleton(Options.Create(new StoreOptions()))
                .AddSingleton<IArtifactStores, ArtifactStores>().AddSingleton(_usage.Object).AddSingleton(_scans.Object).AddSingleton(_encryption.Object)
                .AddSingleton(Mock.Of<IRecipients>()).AddSingleton(Mock.Of<IReportedRuns>())
                .AddSingleton(Mock.Of<IBackupJobs>(jobs => jobs.ListAsync(It.IsAny<string>(), It.IsAny<int>(), It.IsAny<CancellationToken>()) == Task.FromResult<IReadOnlyList<BackupJob>>(new List<BackupJob>())))
                .AddSingleton(Mock.Of<INodeIdentity>(node => node.Name == "n1")).AddSingleton<ISecrets>(new Secrets(new EphemeralDataProtectionProvider())),
            app =>
            {
                app.MapStores();
                app.MapEncryption();
            });
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_store_is_added_shown_tested_changed_and_removed()
    {
        var (status, created) = await SendAsync(HttpMethod.Post, "", $$"""{"name":"二 'disk' \"2\"","kind":"local","settings":{"folder":"{{_folder.File("copies")}}"},"bytesPerSecond":5000}""");
        status.ShouldBe(HttpStatusCode.Created);
        var id = created.GetProperty("id").GetString();
        created.EnumerateObject().Select(key => key.Name).ShouldBe(
            ["id", "name", "kind", "settings", "hasCredentials", "accessKeyId", "recipients", "bytesPerSecond", "maxConcurrent", "isDefault", "isConfigured", "usedBytes", "freeBytes", "totalBytes", "measuredAt", "createdAt", "updatedAt"]);
        (created.GetProperty("kind").GetString(), created.GetProperty("name").GetString()).ShouldBe(("local", "二 'disk' \"2\""));

        (await SendAsync(HttpMethod.Get, "")).Body.GetArrayLength().ShouldBe(1);
        var tested = (await SendAsync(HttpMethod.Post, $"/{id}/test")).Body;
        tested.GetProperty("ok").GetBoolean().ShouldBeTrue(tested.ToString());
        tested.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()).ShouldBe(["clock", "put", "multipart", "list", "read", "overwrite", "delete", "gone"]);
        Directory.EnumerateFileSystemEntries(_folder.File("copies")).ShouldBeEmpty();

        var changed = (await SendAsync(HttpMethod.Put, $"/{id}", """{"isDefault":true,"bytesPerSecond":0}""")).Body;
        (changed.GetProperty("isDefault").GetBoolean(), changed.GetProperty("bytesPerSecond").ValueKind).ShouldBe((true, JsonValueKind.Null));
        changed.GetProperty("settings").GetProperty("folder").GetString().ShouldBe(_folder.File("copies"));

        (await SendAsync(HttpMethod.Delete, $"/{id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(HttpMethod.Get, $"/{id}")).Code.ShouldBe("STORE_NOT_FOUND");
    }

    [Theory]
    [InlineData("", "MALFORMED_REQUEST", null)]
    [InlineData("nonsense", "MALFORMED_JSON", "$")]
    [InlineData("{}", "VALUE_MISSING", "kind")]
    [InlineData("""{"name":"x","kind":"local"}""", "VALUE_MISSING", "settings")]
    [InlineData("""{"name":"x","kind":"local","settings":null}""", "VALUE_MISSING", "settings")]
    [InlineData("""{"kind":"local","settings":{"folder":"/x"}}""", "VALUE_MISSING", "name")]
    [InlineData("""{"nmae":"x"}""", "MALFORMED_JSON", "$.nmae")]
    [InlineData("""{"name":5}""", "MALFORMED_JSON", "$.name")]
    [InlineData("""{"name":"x\ud800","kind":"local","settings":{"folder":"/x"}}""", "MALFORMED_JSON", "$.name")]
    [InlineData("""{"name":"x","kind":"local","settings":{"folder":"/x\udc00"}}""", "TEXT_INVALID", "settings")]
    [InlineData("""{"name":"x","kind":"Local","settings":{"folder":"/x"}}""", "UNKNOWN_WORD", "kind")]
    [InlineData("""{"name":"x","kind":"oss","settings":{"buket":"b"}}""", "UNKNOWN_KEY", "settings.buket")]
    [InlineData("""{"name":"x","kind":"local","settings":{"folder":"/x"},"credentials":{"password":"x"}}""", "MALFORMED_JSON", "$.credentials.password")]
    [InlineData("""{"name":"x","kind":"local","settings":{"folder":"/x"},"credentials":{"accessKeyId":"x"}}""", "CREDENTIALS_INVALID", "credentials.accessKeyId")]
    [InlineData("""{"name":"x","kind":"local","settings":{"folder":"/x"},"recipients":[null]}""", "RECIPIENT_INVALID", "recipients")]
    [InlineData("""{"name":"x","kind":"local","settings":{"folder":"/x"},"recipients":"age1"}""", "MALFORMED_JSON", "$.recipients")]
    [InlineData("""{"name":"x","kind":"local","settings":{"folder":"/x"},"bytesPerSecond":-1}""", "VALUE_OUT_OF_RANGE", "bytesPerSecond")]
    [InlineData("""{"name":"x","kind":"local","settings":{"folder":"/x"},"bytesPerSecond":1e30}""", "MALFORMED_JSON", "$.bytesPerSecond")]
    public async Task Bad_input_is_a_400_that_names_the_field_and_changes_nothing(string body, string code, string? field)
    {
        var (status, problem) = await SendAsync(HttpMethod.Post, "", body);
        status.ShouldBe(HttpStatusCode.BadRequest, problem.ToString());
        problem.GetProperty("code").GetString().ShouldBe(code);
        if (field is not null) problem.GetProperty("field").GetString().ShouldBe(field);
        _known.Stores.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("name")]
    [InlineData("folder")]
    public async Task A_huge_text_is_refused_and_not_given_back(string what)
    {
        var huge = new string('x', 1_000_000);
        var (name, folder) = what is "name" ? (huge, "/x") : ("x", "/" + huge);
        var (status, problem) = await SendAsync(HttpMethod.Post, "", JsonSerializer.Serialize(new { name, kind = "local", settings = new { folder } }));
        (status, problem.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.BadRequest, "VALUE_TOO_LONG"));
        problem.ToString().Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public async Task Secrets_are_in_no_answer()
    {
        const string Body = """{"name":"x","kind":"s3","settings":{"bucket":"abc","region":"r"},"credentials":{"accessKeyId":"AKIA12345678","accessKeySecret":"hunter2-secret","securityToken":"hunter2-token"}}""";
        var answers = new List<JsonElement> { (await SendAsync(HttpMethod.Post, "", Body)).Body };
        var id = answers[0].GetProperty("id").GetString();
        answers.Add((await SendAsync(HttpMethod.Get, $"/{id}")).Body);
        answers.Add((await SendAsync(HttpMethod.Get, "")).Body);
        answers.Add((await SendAsync(HttpMethod.Put, $"/{id}", """{"credentials":{"accessKeySecret":"hunter2-other"}}""")).Body);
        answers.Add((await SendAsync(HttpMethod.Put, $"/{id}", """{"credentials":{"accessKeySecret":"hunter2 other"}}""")).Body);
        answers.Add((await SendAsync(HttpMethod.Put, $"/{id}", """{"credentials":{"accessKeySecret":{"hunter2":1}}}""")).Body);
        answers.Add((await SendAsync(HttpMethod.Post, "", Body)).Body);
        answers.ShouldAllBe(answer => !answer.ToString().Contains("hunter2 other") && !answer.ToString().Contains("hunter2-") && !answer.ToString().Contains("AKIA1"));
        answers[0].GetProperty("accessKeyId").GetString().ShouldBe("AKIA…");
        answers[^1].GetProperty("code").GetString().ShouldBe("STORE_NAME_TAKEN");
        _known.Stores.Single().EncryptedCredentials!.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_configured_store_is_a_409_for_every_change()
    {
        _known.Stores.Add(Store.Create(new StoreFacts("local", new LocalSettings("/data"), [], null, IsDefault: true), null, isConfigured: true, DateTimeOffset.UnixEpoch));
        (await SendAsync(HttpMethod.Put, "/local", "{}")).Code.ShouldBe("STORE_CONFIGURED");
        (await SendAsync(HttpMethod.Delete, "/local")).Code.ShouldBe("STORE_CONFIGURED");
        (await SendAsync(HttpMethod.Get, "/local")).Body.GetProperty("isConfigured").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("PUT", "/nowhere")]
    [InlineData("DELETE", "/nowhere")]
    [InlineData("POST", "/nowhere/test")]
    [InlineData("POST", "/nowhere/scan")]
    [InlineData("GET", "/nowhere/usage")]
    public async Task An_unknown_store_is_a_404(string method, string path)
    {
        var (status, problem) = await SendAsync(new HttpMethod(method), path, method is "PUT" ? "{}" : null);
        (status, problem.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.NotFound, "STORE_NOT_FOUND"));
    }

    [Fact]
    public async Task A_store_whose_folder_can_not_be_written_is_told_by_the_test()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "");
        _known.Stores.Add(Store.Create(new StoreFacts("x", new LocalSettings(_folder.File("file", "sub")), [], null, false), null, isConfigured: false, DateTimeOffset.UnixEpoch));
        var (status, result) = await SendAsync(HttpMethod.Post, "/x/test");
        status.ShouldBe(HttpStatusCode.OK);
        result.GetProperty("ok").GetBoolean().ShouldBeFalse();
        result.GetProperty("checks")[1].GetProperty("code").GetString().ShouldBe(StoreCodes.Failed);
        result.GetProperty("checks")[2].GetProperty("code").GetString().ShouldBe("SKIPPED");
    }

    [Fact]
    public async Task A_store_is_scanned_by_one_at_a_time()
    {
        await File.WriteAllTextAsync(_folder.File("old.dump"), "12345");
        _known.Stores.Add(Store.Create(new StoreFacts("x", new LocalSettings(_folder.Path), [], null, false), null, isConfigured: false, DateTimeOffset.UnixEpoch));
        var (status, problem) = await SendAsync(HttpMethod.Post, "/x/scan");
        (status, problem.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "SCAN_RUNNING"));

        _scans.Setup(scans => scans.TryBeginAsync(It.IsAny<string>(), It.IsAny<CancellationToken>())).ReturnsAsync(Mock.Of<IAsyncDisposable>());
        var scan = (await SendAsync(HttpMethod.Post, "/x/scan")).Body;
        (scan.GetProperty("objects").GetInt64(), scan.GetProperty("bytes").GetInt64()).ShouldBe((1, 5));
        scan.GetProperty("strays")[0].GetProperty("name").GetString().ShouldBe("old.dump");
    }

    [Fact]
    public async Task How_full_a_store_is_stands_in_it_and_how_full_it_was_in_a_series()
    {
        var store = Store.Create(new StoreFacts("x", new LocalSettings("/data"), [], null, false), null, isConfigured: false, DateTimeOffset.UnixEpoch);
        _known.Stores.Add(store);
        var measure = new StoreMeasure("n1", DateTimeOffset.UnixEpoch, 5, 6, 7);
        _usage.Setup(usage => usage.NewestAsync(It.IsAny<CancellationToken>())).ReturnsAsync(new Dictionary<string, StoreMeasure> { [store.Id] = measure });
        _usage.Setup(usage => usage.ReadAsync(store.Id, It.IsAny<DateTimeOffset>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync([measure]);
        foreach (var shown in new[] { (await SendAsync(HttpMethod.Get, "/x")).Body, (await SendAsync(HttpMethod.Get, "")).Body[0], (await SendAsync(HttpMethod.Get, "/x/usage?from=2026-11-01")).Body[0] })
            (shown.GetProperty("usedBytes").GetInt64(), shown.GetProperty("freeBytes").GetInt64(), shown.GetProperty("totalBytes").GetInt64()).ShouldBe((5, 6, 7));
        (await SendAsync(HttpMethod.Get, "/x/usage?from=2026-11-02&to=2026-11-01")).Code.ShouldBe("RANGE_REVERSED");
        (await SendAsync(HttpMethod.Get, "/x/usage?since=2026-11-02")).Code.ShouldBe("UNKNOWN_PARAMETER");
    }

    [Fact]
    public async Task The_encryption_is_tested_and_what_is_no_key_refused()
    {
        _encryption.Setup(keys => keys.OwnRecipientsAsync(It.IsAny<CancellationToken>())).ReturnsAsync(["age1own"]);
        (await SendAsync(HttpMethod.Post, "/../encryption/test", "{}")).Body.GetProperty("ok").GetBoolean().ShouldBeTrue();
        (await SendAsync(HttpMethod.Post, "/../encryption/test", """{"recipient":"--version"}""")).Code.ShouldBe("RECIPIENT_INVALID");
        (await SendAsync(HttpMethod.Post, "/../encryption/test", """{"recipients":[]}""")).Code.ShouldBe("MALFORMED_JSON");
    }

    [Fact]
    public async Task The_description_has_a_summary_of_everything_and_an_example_that_works()
    {
        var description = JsonElement.Parse(await _api.Http.GetStringAsync(new Uri("/swagger/v1/swagger.json", UriKind.Relative)));
        var operations = description.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(operation => operation.Value).ToList();
        operations.Count.ShouldBe(10);
        operations.ShouldAllBe(operation => operation.GetProperty("summary").GetString() != "" && operation.GetProperty("responses").EnumerateObject().Any(answer => answer.Name == "503"));

        var post = description.GetProperty("paths").GetProperty("/api/stores").GetProperty("post");
        var example = post.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
        (await SendAsync(HttpMethod.Post, "", example.GetRawText())).Status.ShouldBe(HttpStatusCode.Created);
        var put = description.GetProperty("paths").GetProperty("/api/stores/{id}").GetProperty("put");
        var id = put.GetProperty("parameters")[0].GetProperty("example").GetString();
        (await SendAsync(HttpMethod.Put, "/" + id, put.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").GetRawText())).Status.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, "/api/stores" + path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var answer = await _api.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return new Answer(answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    private sealed record Answer(HttpStatusCode Status, JsonElement Body)
    {
        public string? Code => Body.GetProperty("code").GetString();
    }

    private sealed class Known : IStores
    {
        public List<Store> Stores { get; } = [];

        public Task<Store> GetAsync(string nameOrId, CancellationToken cancellationToken) =>
            Task.FromResult(Stores.Find(store => store.Id == nameOrId || store.Name == nameOrId) ?? throw StoreErrors.NotFound(nameOrId));

        public Task<IReadOnlyList<Store>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Store>>(Stores);

        public Task AddAsync(Store store, CancellationToken cancellationToken)
        {
            if (Stores.Exists(known => known.Name == store.Name)) throw StoreErrors.NameTaken(store.Name);
            Stores.Add(store);
            return Task.CompletedTask;
        }

        public Task SaveAsync(Store store, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RemoveAsync(Store store, CancellationToken cancellationToken)
        {
            Stores.Remove(store);
            return Task.CompletedTask;
        }
    }

    private sealed class Secrets(IDataProtectionProvider provider) : ISecrets
    {
        private readonly IDataProtector _protector = provider.CreateProtector("test");

        public string Protect(string secret) => _protector.Protect(secret);

        public string Unprotect(string ciphertext) => _protector.Unprotect(ciphertext);
    }
}
