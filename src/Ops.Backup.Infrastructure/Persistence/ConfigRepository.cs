using Microsoft.EntityFrameworkCore;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Jobs;

namespace Ops.Backup.Infrastructure.Persistence;

public sealed class ConfigRepository(Database database, JobArrivals arrivals) : IConfigs, IConfiguredConfigs
{
    // Any constant will do; it only has to be the same on every node, and not that of the stores.
    private const long DefineLockKey = 0x4F7073436F6E6667;

    public Task<BackupConfig> GetAsync(string nameOrId, CancellationToken cancellationToken) => database.RunAsync(
        async context => (await context.Configs.AsNoTracking().Include(config => config.Stores).Where(config => config.Id == nameOrId || config.Name == nameOrId)
            .OrderByDescending(config => config.Id == nameOrId).FirstOrDefaultAsync(cancellationToken))?.ToConfig() ?? throw ConfigErrors.NotFound(nameOrId),
        cancellationToken);

    public Task<(IReadOnlyList<BackupConfig> Items, long Total)> ListAsync(ConfigFilter filter, CancellationToken cancellationToken) => database.RunAsync<(IReadOnlyList<BackupConfig>, long)>(
        async context =>
        {
            var found = context.Configs.AsNoTracking();
            if (filter.Search is { } search) found = found.Where(config => EF.Functions.ILike(config.Name, $"%{Literal(search)}%", "\\"));
            if (filter.SourceId is { } source) found = found.Where(config => config.SourceId == source);
            if (filter.Enabled is { } enabled) found = found.Where(config => config.Enabled == enabled);
            var page = await found.OrderBy(config => config.Name).Skip((filter.Page - 1) * filter.PageSize).Take(filter.PageSize).Include(config => config.Stores).ToListAsync(cancellationToken);
            return ([.. page.Select(row => row.ToConfig())], await found.LongCountAsync(cancellationToken));
        },
        cancellationToken);

    public Task<IReadOnlyDictionary<string, ConfigBackup>> NewestBackupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyDictionary<string, ConfigBackup>>(
        async context => (await context.Database.SqlQuery<NewestRow>(
            $"""
            SELECT config.id AS "ConfigId", job.id AS "Id", job.status AS "Status", job.started_at AS "StartedAt", job.finished_at AS "FinishedAt", job.size_bytes AS "SizeBytes",
                   job.error_msg AS "ErrorMessage"
            FROM unnest({ids.ToArray()}) AS config(id) CROSS JOIN LATERAL (
                SELECT * FROM db_backup_job WHERE config_id = config.id AND NOT deleted ORDER BY started_at DESC, id DESC LIMIT 1) job
            """).ToListAsync(cancellationToken)).ToDictionary(
                row => row.ConfigId, row => new ConfigBackup(row.Id, row.Status, row.StartedAt, row.FinishedAt, row.SizeBytes, row.ErrorMessage), StringComparer.Ordinal),
        cancellationToken);

    public Task AddAsync(BackupConfig config, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            context.Configs.Add(ConfigRow.Of(config));
            await SaveChangesAsync(context, config, cancellationToken);
        },
        cancellationToken);

    public Task SaveAsync(BackupConfig config, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            await context.Database.ExecuteSqlAsync($"SELECT 1 FROM backup_config WHERE id = {config.Id} FOR UPDATE", cancellationToken);
            var stored = await context.Configs.Include(row => row.Stores).FirstOrDefaultAsync(row => row.Id == config.Id, cancellationToken) ?? throw ConfigErrors.NotFound(config.Name);
            Write(context, stored, ConfigRow.Of(config));
            await SaveChangesAsync(context, config, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        },
        cancellationToken);

    public Task RemoveAsync(BackupConfig config, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            if (await context.Configs.Where(row => row.Id == config.Id).ExecuteDeleteAsync(cancellationToken) == 0) throw ConfigErrors.NotFound(config.Name);
        },
        cancellationToken);

    public Task<int> StartDueAsync(int most, Func<DueConfig, IReadOnlyList<BackupJob>> start, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            var now = await context.Database.SqlQuery<DateTimeOffset>($"""SELECT now() AS "Value" """).SingleAsync(cancellationToken);
            // The lock is held to the end; what another node starts at this moment is passed over.
            var due = await context.Configs.FromSql(
                $"""
                SELECT * FROM backup_config WHERE enabled AND next_run_at <= now() ORDER BY next_run_at LIMIT {most} FOR UPDATE SKIP LOCKED
                """).Include(row => row.Stores).AsSplitQuery().ToListAsync(cancellationToken);
            if (due.Count == 0) return 0;
            var settings = await DueSettings.LoadAsync(context, due, cancellationToken);
            foreach (var row in due)
            {
                var config = row.ToConfig();
                foreach (var job in start(settings.Of(config, now)))
                {
                    context.Jobs.Add(job);
                    if (job.Status is BackupStatus.Pending) settings.Started(job);
                }
                (row.NextFor, row.NextRunAt, row.LastRunAt, row.LastError) = (config.Next?.For, config.Next?.At, config.LastRunAt, config.LastError);
            }
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            arrivals.Announce();
            return due.Count;
        },
        cancellationToken);

    public Task<IReadOnlyList<BackupConfig>> AllAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<BackupConfig>>(
        async context => (await context.Configs.AsNoTracking().Include(config => config.Stores).ToListAsync(cancellationToken)).ConvertAll(row => row.ToConfig()), cancellationToken);

    public Task DefineAsync(Func<IReadOnlyList<BackupConfig>, IReadOnlyList<BackupConfig>> decide, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            // Nodes that start at once take turns, and no run is started of what is being changed.
            await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({DefineLockKey})", cancellationToken);
            await context.Database.ExecuteSqlAsync($"SELECT 1 FROM backup_config ORDER BY id FOR UPDATE", cancellationToken);
            var rows = await context.Configs.Include(row => row.Stores).ToDictionaryAsync(row => row.Id, StringComparer.Ordinal, cancellationToken);
            foreach (var config in decide([.. rows.Values.Select(row => row.ToConfig())]))
            {
                if (rows.TryGetValue(config.Id, out var stored)) Write(context, stored, ConfigRow.Of(config));
                else context.Configs.Add(ConfigRow.Of(config));
                await SaveChangesAsync(context, config, cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
        },
        cancellationToken);

    private static void Write(BackupDbContext context, ConfigRow stored, ConfigRow changed)
    {
        // A start that happened since the config was read must not happen again.
        if (stored.LastRunAt > changed.LastRunAt || (stored.LastRunAt is not null && changed.LastRunAt is null))
            (changed.NextFor, changed.NextRunAt, changed.LastRunAt) = (changed.Enabled ? stored.NextFor : null, changed.Enabled ? stored.NextRunAt : null, stored.LastRunAt);
        context.Entry(stored).CurrentValues.SetValues(changed);
        context.RemoveRange(stored.Stores.Where(row => !changed.Stores.Exists(store => store.StoreId == row.StoreId)));
        foreach (var store in changed.Stores)
        {
            if (stored.Stores.Find(row => row.StoreId == store.StoreId) is { } known) known.Retention = store.Retention;
            else stored.Stores.Add(store);
        }
    }

    // % and _ mean themselves.
    private static string Literal(string search) => search.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static async Task SaveChangesAsync(BackupDbContext context, BackupConfig config, CancellationToken cancellationToken)
    {
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (Database.Violation(e) is { } violated)
        {
            throw violated switch
            {
                "ux_backup_config_name" => ConfigErrors.NameTaken(config.Name),
                // Deleted since they were looked up.
                "fk_backup_config_source" => SourceErrors.NotFound(config.SourceId),
                "fk_backup_config_store_store" => StoreErrors.NotFound(string.Join(", ", config.Stores.Select(store => store.StoreId))),
                _ => new InvalidOperationException($"A config violates {violated}.", e),
            };
        }
    }

    private sealed record NewestRow(string ConfigId, string Id, string Status, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long? SizeBytes, string? ErrorMessage);
}
