using Ops.Backup.Application.Configs;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Ports;

/// <summary>The configs of automatic backups, kept in <c>backup_config</c>.</summary>
public interface IConfigs
{
    /// <exception cref="Domain.NotFoundException">There is none of this name or id.</exception>
    Task<BackupConfig> GetAsync(string nameOrId, CancellationToken cancellationToken);

    /// <summary>A page, by name, and how many there are on all pages.</summary>
    Task<(IReadOnlyList<BackupConfig> Items, long Total)> ListAsync(ConfigFilter filter, CancellationToken cancellationToken);

    /// <summary>The newest backup of each config that has one.</summary>
    Task<IReadOnlyDictionary<string, ConfigBackup>> NewestBackupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <exception cref="Domain.ConflictException">The name is taken.</exception>
    Task AddAsync(BackupConfig config, CancellationToken cancellationToken);

    /// <summary>Stores a change; of two at once the later counts, but a start that happened meanwhile is not undone.</summary>
    /// <exception cref="Domain.ConflictException">The name is taken.</exception>
    Task SaveAsync(BackupConfig config, CancellationToken cancellationToken);

    /// <summary>Its backups stay, without a config.</summary>
    Task RemoveAsync(BackupConfig config, CancellationToken cancellationToken);

    /// <summary>
    /// Starts what is due, in one transaction: the jobs that <paramref name="start"/> makes are added, and the config's next start is stored.
    /// Of any number of nodes that do so at once, each due config is started by one.
    /// </summary>
    /// <param name="most">How many configs at most.</param>
    /// <param name="start">Decides for one config. It must not wait for anything.</param>
    /// <returns>How many were due.</returns>
    Task<int> StartDueAsync(int most, Func<DueConfig, IReadOnlyList<BackupJob>> start, CancellationToken cancellationToken);
}

/// <param name="Search">In the name, in any case.</param>
/// <param name="Page">From 1.</param>
public sealed record ConfigFilter(string? Search, string? SourceId, bool? Enabled, int Page, int PageSize);

/// <param name="Setting">What its run meets.</param>
/// <param name="BusyWith">An unfinished job of its source.</param>
/// <param name="OwnUnfinished">An unfinished job is its own.</param>
/// <param name="Now">The database's time, the same for every node.</param>
public sealed record DueConfig(BackupConfig Config, RunSetting Setting, string? BusyWith, bool OwnUnfinished, DateTimeOffset Now);
