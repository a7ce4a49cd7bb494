using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Moq;
using Ops.Backup.Application;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Retention;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Jobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;

namespace Ops.Backup.Infrastructure.Tests.Retention;

/// <summary>A database, two stores on disks that every node reaches (of kind rclone, by their rows) and one that belongs to nodes, a config, and nodes that apply its rules.</summary>
internal sealed class RetentionLab : IAsyncDisposable, IDbContextFactory<BackupDbContext>
{
    private readonly List<ServiceProvider> _nodes = [];
    private readonly Mock<IConfigs> _configs = new();
    private readonly Dictionary<string, Store> _stores = new(StringComparer.Ordinal);

    private RetentionLab(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public TempFolder Folder { get; } = new("retention");

    /// <summary>Runs before each deletion of a file, with the store's name and the file's.</summary>
    public Action<string, string> BeforeDelete { get; set; } = (_, _) => { };

    /// <summary>The nodes' clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    public BackupConfig Config { get; private set; } = null!;

    public BackupJobStore Jobs => new(new Infrastructure.Persistence.Database(this), TestDatabase.Node("n1"), new JobArrivals());

    public DeletionStore Deletions(string node = "n1") => new(new Infrastructure.Persistence.Database(this), Database.Sql, TestDatabase.Node(node));

    public RetentionStore Retention => new(Database.Sql);

    public static async Task<RetentionLab> CreateAsync(PostgresFixture postgres)
    {
        var lab = new RetentionLab(await TestDatabase.CreateAsync(postgres));
        var repository = new StoreRepository(new Infrastructure.Persistence.Database(lab), TimeProvider.System);
        foreach (var (name, settings) in new (string, StoreSettings)[] { ("a", new RcloneSettings("a", "")), ("b", new RcloneSettings("b", "")), ("disk", new LocalSettings(lab.Folder.File("disk"))) })
        {
            var store = Store.Create(new StoreFacts(name, settings, [], null, IsDefault: false), null, isConfigured: false, DateTimeOffset.UtcNow);
            await repository.AddAsync(store, CancellationToken.None);
            lab._stores[name] = store;
            Directory.CreateDirectory(lab.Folder.File(name));
        }
        await lab.Database.ExecuteAsync("INSERT INTO database_source (id, name, host, port, database, user_name) VALUES ('src', 'orders', 'db1', 5432, 'orders', 'backup')");
        await lab.ConfigureAsync(new RetentionRule(count: 2));
        return lab;
    }

    public string IdOf(string store) => _stores[store].Id;

    /// <summary>Gives the config these rules.</summary>
    public async Task ConfigureAsync(RetentionRule? rule, params (string Store, RetentionRule Rule)[] own)
    {
        var facts = new ConfigFacts(
            "nightly", "src", new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, false), [.. own.Select(store => new ConfigStore(IdOf(store.Store), store.Rule))], [],
            null, "UTC", rule, RunPolicy.Default, null, DescriptionTemplate.Parse(null), Enabled: true);
        if (Config is null)
        {
            Config = BackupConfig.Create(facts, isConfigured: false, DateTimeOffset.UtcNow);
            await InsertConfigAsync(Config.Id, "nightly", rule is not null);
        }
        else Config.Change(facts, DateTimeOffset.UtcNow);
        _configs.Setup(configs => configs.GetAsync(It.IsAny<string>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => Config);
    }

    public Task InsertConfigAsync(string id, string name, bool hasRule) => Database.ExecuteAsync($$"""
        INSERT INTO backup_config (id, name, source_id, type, format, jobs, compression, include_globals, time_zone, jitter_sec, run_missed, when_busy, retries, retry_delay_sec, priority,
            description_template, enabled, retention)
        VALUES ('{{id}}', '{{name}}', 'src', 'full', 'custom', 1, 'zstd:1', false, 'UTC', 0, false, 'wait', 0, 0, 0, 'x', true, {{(hasRule ? "'{}'" : "NULL")}})
        """);

    /// <summary>A backup of some days ago with its files; stores that begin with - have a failed copy.</summary>
    public async Task AddAsync(string id, double daysAgo, string stores = "a", string status = "SUCCESS", bool proven = true, string node = "n1", bool ofConfig = true, string? error = null)
    {
        var config = ofConfig ? $"'{Config.Id}'" : "NULL";
        var files = status is "PENDING" ? "[]" : $$"""[{"role":"dump","name":"{{id}}.dump","path":null,"sizeBytes":10,"sha256":"{{new string('a', 64)}}"},{"role":"checksum","name":"{{id}}.dump.sha256","path":null,"sizeBytes":10,"sha256":"{{new string('a', 64)}}"}]""";
        var finished = status is "PENDING" or "RUNNING" ? "NULL" : "now()";
        await Database.ExecuteAsync($"""
            INSERT INTO db_backup_job (id, started_at, finished_at, duration_sec, database, mode, status, error_msg, size_bytes, host, port, trigger, node, base_name, files, config_id, source_id, report_file, log_file)
            VALUES ('{id}', now() - interval '{daysAgo.ToString(System.Globalization.CultureInfo.InvariantCulture)} days', {finished}, 1, 'orders', 'oss', '{status}', {(error is null ? "NULL" : $"'{error}'")}, 10, 'db1', '5432', 'automatic', '{node}', '{id}', '{files}', {config}, 'src',
                '{Folder.File("reports")}/{id}.json', '{Folder.File("logs")}/{id}.log')
            """);
        foreach (var entry in stores.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = entry.TrimStart('-');
            var good = !entry.StartsWith('-');
            await Database.ExecuteAsync($"""
                INSERT INTO backup_copy (job_id, store_id, store_name, kind, status, url, size_bytes, error_msg, node)
                VALUES ('{id}', '{IdOf(name)}', '{name}', '{(name is "disk" ? "local" : "rclone")}', '{(good ? "completed" : "failed")}', '{name}:{id}.dump', 10, {(good ? "NULL" : "'STORE_FULL: no room'")}, {(name is "disk" ? $"'{node}'" : "NULL")})
                """);
            if (good) WriteFiles(name, id);
        }
        if (proven && status is "SUCCESS") await VerifyAsync(id, "integrity_check", "passed");
        foreach (var (folder, extension) in new[] { ("reports", "json"), ("logs", "log") })
        {
            Directory.CreateDirectory(Folder.File(folder));
            await File.WriteAllTextAsync(Folder.File($"{folder}/{id}.{extension}"), "text");
        }
    }

    public void WriteFiles(string store, string id)
    {
        foreach (var extension in new[] { "dump", "dump.sha256" }) File.WriteAllText(Folder.File($"{store}/{id}.{extension}"), "0123456789");
        File.WriteAllText(Folder.File($"{store}/{id}.json"), $$"""{"id":"{{id}}","status":"SUCCESS"}""");
    }

    public Task VerifyAsync(string id, string type, string status) => Database.ExecuteAsync(
        $"INSERT INTO backup_verification VALUES (gen_random_uuid(), '{id}', '{type}', '{status}', '', 1, now(), 'n1')");

    /// <summary>A store's files, without what lies beside the dumps.</summary>
    public IReadOnlyList<string> Dumps(string store) =>
        [.. Directory.EnumerateFiles(Folder.File(store)).Where(path => path.EndsWith(".dump", StringComparison.Ordinal)).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> Files(string store) => [.. Directory.EnumerateFiles(Folder.File(store)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public Task<IReadOnlyList<string>> LiveAsync() => Database.ListAsync("SELECT id FROM db_backup_job WHERE NOT deleted ORDER BY id");

    public Task<RetentionResult> ApplyAsync(string node = "n1") => SendAsync(new ApplyRetention(Config.Id), node);

    public Task SweepAsync(string node = "n1") => SendAsync(new SweepRetention(), node);

    /// <summary>As if the pauses were over.</summary>
    public Task MakeDueAsync() => Database.ExecuteAsync("UPDATE db_backup_job SET delete_retry_at = now() WHERE delete_retry_at IS NOT NULL");

    public async Task<T> SendAsync<T>(IRequest<T> request, string node = "n1")
    {
        var services = Services(node);
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request);
    }

    public BackupDbContext CreateDbContext() => new(new DbContextOptionsBuilder<BackupDbContext>().UseNpgsql(Database.DataSource).Options);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await Database.DisposeAsync();
        Folder.Dispose();
    }

    private ServiceProvider Services(string node)
    {
        var identity = TestDatabase.Node(node);
        var open = new Mock<IArtifactStores>();
        open.Setup(all => all.Open(It.IsAny<Store>())).Returns((Store store) => new FaultyStore(new FolderStore(Folder.File(store.Name)), name => BeforeDelete(store.Name, name), _ => { }));
        var stores = new StoreRepository(new Infrastructure.Persistence.Database(this), TimeProvider.System);
        var jobStores = new JobStores(stores, open.Object, identity);
        var options = Options.Create(new BackupOptions { DataFolder = Folder.File("disk"), ReportFolder = Folder.File("reports"), LogFolder = Folder.File("logs") });
        var services = new ServiceCollection().AddLogging().AddApplication()
            .AddSingleton(Time).AddKeyedSingleton(RetentionClock.Machine, Time).AddSingleton(identity).AddSingleton(_configs.Object)
            .AddSingleton<IStores>(stores)
            .AddSingleton<IBackupJobs>(new BackupJobStore(new Infrastructure.Persistence.Database(this), identity, new JobArrivals()))
            .AddSingleton<IDeletions>(Deletions(node))
            .AddSingleton<IRetention>(Retention)
            .AddSingleton<ICopyRemoval>(new CopyRemoval(options, jobStores))
            .AddSingleton<IArtifactFiles>(new ArtifactFiles(options, jobStores))
            .AddSingleton<IReportWriter>(new ReportWriter(jobStores, Time))
            .AddSingleton<IJobBoard>(new JobBoardQueries(Database.DataSource))
            .BuildServiceProvider();
        _nodes.Add(services);
        return services;
    }
}
