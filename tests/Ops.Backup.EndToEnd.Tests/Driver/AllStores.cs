using System.Net;
using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>One service with a store of every kind, all of them defaults, for the tests of a class.</summary>
public class AllStores(SourceServer server) : IAsyncLifetime
{
    public const string Prefix = "postgres/backups/";
    public static readonly string[] Names = ["local", "oss", "s3", "dav"];
    public static readonly string[] Remote = ["oss", "s3", "dav"];

    public OssServer Oss { get; private set; } = null!;

    public S3Server S3 { get; } = new();

    public RcloneServer Dav { get; private set; } = null!;

    public ServiceSetup Setup { get; private set; } = null!;

    public RunningService Service { get; private set; } = null!;

    public ServiceApi Api => Service.Api;

    public async Task InitializeAsync()
    {
        Oss = await OssServer.StartAsync();
        await S3.InitializeAsync();
        Dav = await RcloneServer.StartAsync("webdav");
        Setup = Configure(new ServiceSetup(await server.ServiceDatabaseAsync()));
        Service = await RunningService.StartAsync(Setup);
        foreach (var store in new[] { StoreRequests.Oss(Oss), StoreRequests.S3(S3), await StoreRequests.RcloneAsync(Dav) })
            (await Api.AddStoreAsync(store)).Status.ShouldBe(HttpStatusCode.Created);
        await Api.AddSourceAsync(server.AsSource("chinook", await server.ChinookAsync()));
    }

    /// <summary>What really lies in a store of one backup, by name.</summary>
    public async Task<SortedDictionary<string, byte[]>> ContentsAsync(string store, BackupView backup)
    {
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        switch (store)
        {
            case "oss":
                foreach (var stored in Oss.Objects) Add(stored.Key, await Oss.ContentAsync(stored.Bucket, stored.Key));
                break;
            case "s3":
                foreach (var (key, path) in S3.Objects) Add(key, await File.ReadAllBytesAsync(path));
                break;
            default:
                var folder = store == "local" ? Setup.DataFolder : Dav.Folder.File(Prefix);
                foreach (var name in ServiceSetup.NamesIn(folder).Where(name => File.Exists(Path.Combine(folder, name)))) Add(name, await File.ReadAllBytesAsync(Path.Combine(folder, name)));
                break;
        }
        return found;

        void Add(string key, byte[] content)
        {
            var name = key.StartsWith(Prefix, StringComparison.Ordinal) ? key[Prefix.Length..] : key;
            if (name.StartsWith(backup.BaseName, StringComparison.Ordinal)) found[name] = content;
        }
    }

    public async Task<byte[]> DownloadAsync(BackupView backup, string query)
    {
        using var answer = await Api.Http.GetAsync(new Uri($"/api/backups/{backup.Id}/download?{query}", UriKind.Relative));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, query);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    public async Task DisposeAsync()
    {
        await Service.DisposeAsync();
        Setup.Dispose();
        await Oss.DisposeAsync();
        await S3.DisposeAsync();
        await Dav.DisposeAsync();
    }

    protected virtual ServiceSetup Configure(ServiceSetup setup) => setup;
}
