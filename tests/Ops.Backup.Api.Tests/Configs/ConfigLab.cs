using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ops.Backup.Api.Configs;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Configs;
using Ops.Backup.Testing;
using Shouldly;

namespace Ops.Backup.Api.Tests.Configs;

/// <summary>The endpoints of configs over real HTTP with a real folder of files; what is stored is in memory.</summary>
internal sealed class ConfigLab : IAsyncDisposable
{
    public const string Recipient = "age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth";
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private TestApi _api = null!;

    public TempFolder Folder { get; } = new("config-files");

    public Memory Memory { get; } = new();

    public static async Task<ConfigLab> StartAsync()
    {
        var lab = new ConfigLab();
        lab.AddStore(Store.LocalName, new LocalSettings("/data/db-backups/data"), isDefault: true);
        lab.AddSource("chinook", new ConnectionFacts("db1", 5432, "chinook", "backup"));
        lab._api = await TestApi.StartAsync(
            services => services.AddSingleton<IConfigs>(lab.Memory).AddSingleton<IConfiguredConfigs>(lab.Memory).AddSingleton<ISources>(lab.Memory).AddSingleton<IStores>(lab.Memory)
                .AddSingleton<IConfigYaml, YamlWriter>().AddSingleton<IConfigFolder>(new ConfigFolder(lab.Folder.Path)),
            app => app.MapConfigs());
        return lab;
    }

    public void AddStore(string name, StoreSettings settings, bool isDefault = false, IReadOnlyList<string>? recipients = null, long? limit = null) =>
        Memory.Stores.Add(Store.Create(new StoreFacts(name, settings, recipients ?? [], limit, isDefault), null, isConfigured: false, Noon));

    public void AddSource(string name, ConnectionFacts facts, string? password = "cipher") => Memory.Sources.Add(DatabaseSource.Create(name, facts, password, Noon));

    public async Task<BackupConfig> AddAsync(ConfigForm form, bool isConfigured = false)
    {
        var config = BackupConfig.Create(await new ConfigForms(Memory, Memory).ReadAsync(form, CancellationToken.None), isConfigured, Noon);
        Memory.Configs.Add(config);
        return config;
    }

    public async Task<string> TextAsync(string config, string format)
    {
        using var answer = await _api.Http.GetAsync(new Uri($"/api/configs/{Uri.EscapeDataString(config)}/export?format={format}", UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
        return text;
    }

    /// <summary>The files of an export, by their paths.</summary>
    public async Task<Dictionary<string, string>> FilesAsync(string config, string format)
    {
        var (status, body) = await GetAsync($"/api/configs/{Uri.EscapeDataString(config)}/export?format={format}&as=json");
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        return body.GetProperty("files").EnumerateArray().ToDictionary(file => file.GetProperty("path").GetString()!, file => file.GetProperty("content").GetString()!, StringComparer.Ordinal);
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var answer = await _api.Http.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    public void WriteFile(string name, string text) => File.WriteAllText(Folder.File(name), text);

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        Folder.Dispose();
    }
}
