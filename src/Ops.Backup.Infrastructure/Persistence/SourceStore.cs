using Microsoft.EntityFrameworkCore;
using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Infrastructure.Persistence;

public sealed class SourceStore(Database database) : ISources
{
    public Task<DatabaseSource> GetAsync(string nameOrId, CancellationToken cancellationToken) => database.RunAsync(
        async context => await context.Sources.AsNoTracking().Where(source => source.Id == nameOrId || source.Name == nameOrId)
            .OrderByDescending(source => source.Id == nameOrId).FirstOrDefaultAsync(cancellationToken)
            ?? throw SourceErrors.NotFound(nameOrId),
        cancellationToken);

    public Task<IReadOnlyList<DatabaseSource>> ListAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<DatabaseSource>>(
        async context => await context.Sources.AsNoTracking().OrderBy(source => source.Name).ToListAsync(cancellationToken), cancellationToken);

    public Task AddAsync(DatabaseSource source, CancellationToken cancellationToken) =>
        StoreAsync(source, context => context.Sources.Add(source), cancellationToken);

    public Task SaveAsync(DatabaseSource source, CancellationToken cancellationToken) =>
        StoreAsync(source, context => context.Sources.Update(source), cancellationToken);

    public Task RemoveAsync(DatabaseSource source, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            try
            {
                await context.Sources.Where(row => row.Id == source.Id).ExecuteDeleteAsync(cancellationToken);
            }
            catch (PostgresException e) when (Database.Violation(e) is "fk_backup_config_source")
            {
                throw SourceErrors.InConfigs(source, await context.Configs.Where(config => config.SourceId == source.Id).OrderBy(config => config.Name).Select(config => config.Name).FirstAsync(cancellationToken));
            }
        },
        cancellationToken);

    private Task StoreAsync(DatabaseSource source, Action<BackupDbContext> change, CancellationToken cancellationToken) => database.StoreNamedAsync(
        change, "ux_database_source_name", () => SourceErrors.NameTaken(source.Name), () => SourceErrors.NotFound(source.Name), cancellationToken);
}
