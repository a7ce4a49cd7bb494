using Microsoft.EntityFrameworkCore;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Persistence;

public sealed class StoreRepository(Database database, TimeProvider time) : IStores, IConfiguredStores
{
    // Any constant will do; it only has to be the same on every node, and not that of the migrations.
    private const long DefineLockKey = 0x4F707353746F7265;

    public Task<Store> GetAsync(string nameOrId, CancellationToken cancellationToken) => database.RunAsync(
        async context => await context.Stores.AsNoTracking().Where(store => store.Id == nameOrId || store.Name == nameOrId)
            .OrderByDescending(store => store.Id == nameOrId).FirstOrDefaultAsync(cancellationToken)
            ?? throw StoreErrors.NotFound(nameOrId),
        cancellationToken);

    public Task<IReadOnlyList<Store>> ListAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<Store>>(
        async context => await context.Stores.AsNoTracking().OrderBy(store => store.Name).ToListAsync(cancellationToken), cancellationToken);

    public Task AddAsync(Store store, CancellationToken cancellationToken) => StoreAsync(store, context => context.Stores.Add(store), cancellationToken);

    public Task SaveAsync(Store store, CancellationToken cancellationToken) => StoreAsync(store, context => context.Stores.Update(store), cancellationToken);

    public Task RemoveAsync(Store store, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            var config = await context.Configs.Where(row => row.Stores.Any(to => to.StoreId == store.Id)).OrderBy(row => row.Name).Select(row => row.Name).FirstOrDefaultAsync(cancellationToken);
            if (config is not null) throw StoreErrors.InConfigs(store, config);
            if (await RemoveUnusedAsync(context, store.Id, cancellationToken) is var copies and > 0) throw StoreErrors.InUse(store, copies);
            await transaction.CommitAsync(cancellationToken);
        },
        cancellationToken);

    public Task DefineAsync(IReadOnlyList<Store> stores, CancellationToken cancellationToken) => database.RunAsync(
        async context =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            // Nodes that start at once take turns.
            await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({DefineLockKey})", cancellationToken);
            foreach (var store in stores) await DefineAsync(context, store, cancellationToken);
            await ReleaseOthersAsync(context, [.. stores.Select(store => store.Name)], cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        },
        cancellationToken);

    // One statement, so that it also meets a store that the API adds at this moment.
    private static async Task DefineAsync(BackupDbContext context, Store store, CancellationToken cancellationToken)
    {
        var settings = StoreJson.Write(store.Settings);
        var recipients = Converters.ToJson(store.Recipients);
        var rows = await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO backup_store AS known
                (id, name, settings, encrypted_credentials, recipients, bytes_per_second, max_concurrent, is_default, is_configured, was_configured, create_time, update_time)
            VALUES ({store.Id}, {store.Name}, {settings}::jsonb, {store.EncryptedCredentials}, {recipients}::jsonb, {store.BytesPerSecond}, {store.MaxConcurrent}, {store.IsDefault}, true, true,
                {store.CreatedAt}, {store.UpdatedAt})
            ON CONFLICT (name) DO UPDATE SET
                settings = excluded.settings, encrypted_credentials = excluded.encrypted_credentials, recipients = excluded.recipients,
                bytes_per_second = excluded.bytes_per_second, max_concurrent = excluded.max_concurrent, is_default = excluded.is_default, is_configured = true, update_time = excluded.update_time
            WHERE known.was_configured
            """,
            cancellationToken);
        if (rows == 0) throw StoreErrors.NameTaken(store.Name);
    }

    private async Task ReleaseOthersAsync(BackupDbContext context, string[] defined, CancellationToken cancellationToken)
    {
        var gone = await context.Stores.AsNoTracking().Where(store => store.IsConfigured && !defined.Contains(store.Name)).Select(store => store.Id).ToListAsync(cancellationToken);
        foreach (var id in gone)
        {
            if (await RemoveUnusedAsync(context, id, cancellationToken) == 0) continue;
            await context.Stores.Where(store => store.Id == id).ExecuteUpdateAsync(
                row => row.SetProperty(store => store.IsConfigured, false).SetProperty(store => store.IsDefault, false).SetProperty(store => store.UpdatedAt, time.GetUtcNow()),
                cancellationToken);
        }
    }

    /// <returns>The copies that keep it from being removed.</returns>
    private static async Task<long> RemoveUnusedAsync(BackupDbContext context, string id, CancellationToken cancellationToken)
    {
        // Locked, so that no copy comes in between the count and the end of it.
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM backup_store WHERE id = {id} FOR UPDATE", cancellationToken);
        var copies = await context.Database.SqlQuery<long>(
            $"""SELECT count(*) AS "Value" FROM backup_copy copy JOIN db_backup_job job ON job.id = copy.job_id WHERE copy.store_id = {id} AND NOT job.deleted""").SingleAsync(cancellationToken);
        if (copies > 0) return copies;
        await context.Database.ExecuteSqlAsync($"DELETE FROM backup_copy WHERE store_id = {id}", cancellationToken);
        await context.Stores.Where(store => store.Id == id).ExecuteDeleteAsync(cancellationToken);
        return 0;
    }

    private Task StoreAsync(Store store, Action<BackupDbContext> change, CancellationToken cancellationToken) => database.StoreNamedAsync(
        change, "ux_backup_store_name", () => StoreErrors.NameTaken(store.Name), () => StoreErrors.NotFound(store.Name), cancellationToken);
}
