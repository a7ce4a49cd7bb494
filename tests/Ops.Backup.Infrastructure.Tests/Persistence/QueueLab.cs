using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Schedules;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Jobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>A database with sources, stores, configs and jobs as tests of the queue need them.</summary>
internal sealed class QueueLab : IAsyncDisposable
{
    private QueueLab(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public Store Local { get; private set; } = null!;

    public ConfigRepository Configs => new(Database.Aggregates, new JobArrivals());

    public BackupJobStore Jobs => JobsOf("n1");

    public static async Task<QueueLab> CreateAsync(PostgresFixture postgres)
    {
        var lab = new QueueLab(await TestDatabase.CreateAsync(postgres));
        lab.Local = await lab.AddStoreAsync("local");
        return lab;
    }

    public BackupJobStore JobsOf(string node) => new(Database.Aggregates, TestDatabase.Node(node), new JobArrivals());

    public JobQueueStore QueueOf(string node, params string[] labels) => new(Database.Aggregates, TestDatabase.Node(node, labels), new JobArrivals());

    public async Task<Store> AddStoreAsync(string name, int? maxConcurrent = null)
    {
        var store = Store.Create(new StoreFacts(name, new LocalSettings($"/data/{name}"), [], null, IsDefault: name is "local", maxConcurrent), null, isConfigured: false, DateTimeOffset.UtcNow);
        await new StoreRepository(Database.Aggregates, TimeProvider.System).AddAsync(store, CancellationToken.None);
        return store;
    }

    public async Task<DatabaseSource> AddSourceAsync(string name, string host = "db1")
    {
        var source = DatabaseSource.Create(name, new ConnectionFacts(host, 5432, name, "backup"), null, DateTimeOffset.UtcNow);
        await new SourceStore(Database.Aggregates).AddAsync(source, CancellationToken.None);
        return source;
    }

    /// <summary>A job that waits, of a source of its own where none is given.</summary>
    public async Task<BackupJob> AddJobAsync(string name, RunPolicy? policy = null, DatabaseSource? source = null, Store? store = null, string host = "db1")
    {
        source ??= await AddSourceAsync(name, host);
        var config = await AddConfigAsync($"config of {name}", source, policy: policy, store: store);
        var job = config.RunNow(new RunSetting(source, [store ?? Local]), DateTimeOffset.UtcNow);
        await Jobs.AddAsync(job, CancellationToken.None);
        return job;
    }

    public async Task<BackupConfig> AddConfigAsync(
        string name, DatabaseSource source, string? schedule = null, RunPolicy? policy = null, Store? store = null, bool runMissed = true, WhenBusy whenBusy = WhenBusy.Wait, DateTimeOffset? at = null)
    {
        var config = BackupConfig.Create(Facts(name, source, schedule, policy, store, runMissed, whenBusy), isConfigured: false, at ?? DateTimeOffset.UtcNow);
        await Configs.AddAsync(config, CancellationToken.None);
        return config;
    }

    public static ConfigFacts Facts(
        string name, DatabaseSource source, string? schedule = null, RunPolicy? policy = null, Store? store = null, bool runMissed = true, WhenBusy whenBusy = WhenBusy.Wait) => new(
        name, source.Id, new BackupSpec(BackupType.Full, BackupFormat.Custom, 1, Compression.Default, includeGlobals: false),
        store is null ? [] : [new ConfigStore(store.Id, new RetentionRule(count: 3))], [],
        schedule is null ? null : new ConfigSchedule(Schedule.Parse(schedule, "Asia/Shanghai"), 0, [], runMissed, whenBusy), "Asia/Shanghai", RetentionRule.Of(RetentionPreset.DataProtection),
        policy ?? RunPolicy.Default, null, DescriptionTemplate.Parse(null), Enabled: true);

    /// <summary>Makes the config's planned start due since so long.</summary>
    public Task MakeDueAsync(BackupConfig config, TimeSpan since) => Database.ExecuteAsync(
        $"UPDATE backup_config SET next_run_at = now() - interval '{(long)since.TotalSeconds} seconds', next_for = date_trunc('minute', now() - interval '{(long)since.TotalSeconds} seconds') WHERE id = '{config.Id}'");

    public Task<IReadOnlyList<string>> StatesAsync() => Database.ListAsync(
        "SELECT concat_ws(' ', status, split_part(error_msg, ':', 1)) FROM db_backup_job ORDER BY create_time, id");

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
