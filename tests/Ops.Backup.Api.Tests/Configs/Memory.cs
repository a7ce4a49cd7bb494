using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Api.Tests.Configs;

/// <summary>Configs, sources and stores kept in memory.</summary>
internal sealed class Memory : IConfigs, IConfiguredConfigs, ISources, IStores
{
    public List<BackupConfig> Configs { get; } = [];

    public List<DatabaseSource> Sources { get; } = [];

    public List<Store> Stores { get; } = [];

    public Task<BackupConfig> GetAsync(string nameOrId, CancellationToken cancellationToken) => Task.FromResult(Configs.Find(config => config.Id == nameOrId || config.Name == nameOrId) ?? throw ConfigErrors.NotFound(nameOrId));

    public Task DefineAsync(Func<IReadOnlyList<BackupConfig>, IReadOnlyList<BackupConfig>> decide, CancellationToken cancellationToken)
    {
        foreach (var config in decide(Copies()))
        {
            Configs.RemoveAll(known => known.Id == config.Id);
            Configs.Add(config);
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<BackupConfig>> AllAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BackupConfig>>(Copies());

    Task<DatabaseSource> ISources.GetAsync(string nameOrId, CancellationToken cancellationToken) =>
        Task.FromResult(Sources.Find(source => source.Id == nameOrId || source.Name == nameOrId) ?? throw SourceErrors.NotFound(nameOrId));

    Task<IReadOnlyList<DatabaseSource>> ISources.ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<DatabaseSource>>(Sources);

    Task<Store> IStores.GetAsync(string nameOrId, CancellationToken cancellationToken) =>
        Task.FromResult(Stores.Find(store => store.Id == nameOrId || store.Name == nameOrId) ?? throw StoreErrors.NotFound(nameOrId));

    Task<IReadOnlyList<Store>> IStores.ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Store>>(Stores);

    public Task<(IReadOnlyList<BackupConfig> Items, long Total)> ListAsync(ConfigFilter filter, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyDictionary<string, ConfigBackup>> NewestBackupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddAsync(BackupConfig config, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SaveAsync(BackupConfig config, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(BackupConfig config, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> StartDueAsync(int most, Func<DueConfig, IReadOnlyList<BackupJob>> start, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddAsync(DatabaseSource source, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SaveAsync(DatabaseSource source, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(DatabaseSource source, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddAsync(Store store, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SaveAsync(Store store, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(Store store, CancellationToken cancellationToken) => throw new NotSupportedException();

    // What is decided must not show where nothing is written.
    private List<BackupConfig> Copies() => Configs.ConvertAll(config => BackupConfig.Stored(
        config.Id, config.Facts, new ConfigState(config.Next, config.LastRunAt, config.LastError, config.IsConfigured, config.CreatedAt, config.UpdatedAt, config.WasConfigured)));
}
