using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Moq;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Jobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;

namespace Ops.Backup.Infrastructure.Tests.Stores;

/// <summary>A database, a store on a disk, and nodes that scan it.</summary>
internal sealed class StoreScanBench : IAsyncDisposable, IDbContextFactory<BackupDbContext>
{
    public const string Base = "orders_20261121T030000Z_db1";

    private StoreScanBench(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public TempFolder Folder { get; } = new("scan");

    public byte[] Dump { get; } = RandomNumberGenerator.GetBytes(5000);

    public Store Store { get; private set; } = null!;

    public static async Task<StoreScanBench> CreateAsync(PostgresFixture postgres)
    {
        var bench = new StoreScanBench(await TestDatabase.CreateAsync(postgres));
        bench.Store = Store.Create(new StoreFacts("renamed", new LocalSettings(bench.Folder.Path), [], null, IsDefault: false), null, isConfigured: false, DateTimeOffset.UtcNow);
        await bench.Stores.AddAsync(bench.Store, CancellationToken.None);
        return bench;
    }

    public Infrastructure.Persistence.Database Context => new(this);

    public StoreRepository Stores => new(Context, TimeProvider.System);

    public BackupJobStore Jobs(string node = "n1") => new(Context, TestDatabase.Node(node), new JobArrivals());

    public Task<StoreScanResult> ScanAsync(string node = "n1") => new ScanStoreHandler(
        Stores, new ArtifactStores(Options.Create(new BackupOptions()), Options.Create(new StoreOptions()), Mock.Of<ISecrets>(), TimeProvider.System), new StoreScans(Database.DataSource, Database.Sql),
        new ReportedRunStore(Database.Sql, TimeProvider.System), Jobs(node), TestDatabase.Node(node), TimeProvider.System).Handle(new ScanStore(Store.Name), CancellationToken.None);

    public void Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder.File(name))!);
        File.WriteAllBytes(Folder.File(name), content);
    }

    /// <summary>A dump and the report that this service writes beside it; its store had another name then.</summary>
    public void WriteOwn(string id = "own-1", string name = Base, string startedAt = "2026-11-21T03:00:00Z")
    {
        Write(name + ".dump", Dump);
        var report = Report(name, startedAt);
        report["id"] = id;
        report["baseName"] = name;
        report["files"] = new JsonArray(new JsonObject
        {
            ["role"] = "dump",
            ["name"] = name + ".dump",
            ["path"] = null,
            ["sizeBytes"] = Dump.Length,
            ["sha256"] = Sha256(Dump),
        });
        report["copies"] = new JsonArray(new JsonObject
        {
            ["store"] = "as it was called then",
            ["kind"] = "local",
            ["node"] = "n1",
            ["status"] = "completed",
            ["url"] = null,
            ["sizeBytes"] = Dump.Length,
            ["checksum"] = null,
            ["errorMessage"] = null,
        });
        Write(name + ".json", report.Bytes());
    }

    /// <summary>A report as host scripts write it, of a dump somewhere else.</summary>
    public JsonObject Report(string name, string startedAt = "2026-11-21T03:00:00Z")
    {
        var report = SampleReports.Success(startedAt: startedAt);
        report["local"]!["file"] = $"/data/db-backups/data/{name}.dump";
        report["local"]!["checksumSha256"] = Sha256(Dump);
        report["local"]!["sizeBytes"] = Dump.Length;
        report["remote"] = new JsonObject { ["urls"] = new JsonArray($"oss://bucket/postgres/backups/{name}.dump") };
        return report;
    }

    public async Task<string> JobAsync() => await Database.AskAsync<string>("SELECT coalesce(string_agg(concat_ws('|', id, status, split_part(error_msg, ':', 1)), ' ' ORDER BY id), '') FROM db_backup_job");

    public async Task<string> CopyAsync() => await Database.AskAsync<string>(
        "SELECT coalesce(string_agg(concat_ws('|', job_id, store_name, node, status, size_bytes, split_part(error_msg, ':', 1), next_try_at IS NOT NULL), ' ' ORDER BY job_id), '') FROM backup_copy");

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public BackupDbContext CreateDbContext() => new(new DbContextOptionsBuilder<BackupDbContext>().UseNpgsql(Database.DataSource).Options);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Folder.Dispose();
    }
}
