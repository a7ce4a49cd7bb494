using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>Brings the schema up to date. Any number of nodes may start at once: one migrates, the others wait for it.</summary>
public static class MigrationRunner
{
    // Any constant will do; it only has to be the same on every node.
    private const long LockKey = 0x4F70734261636B75;

    /// <returns>The names of the migrations that were applied now, in their order.</returns>
    public static async Task<IReadOnlyList<string>> MigrateAsync(NpgsqlDataSource dataSource, string? targetMigration, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection) { CommandTimeout = 600, Parameters = { new() { Value = LockKey } } })
            await take.ExecuteNonQueryAsync(cancellationToken);
        try
        {
            await using var context = new BackupDbContext(Options(dataSource));
            var pending = (await context.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
            await context.Database.MigrateAsync(Target(context, targetMigration), cancellationToken);
            var left = (await context.Database.GetPendingMigrationsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
            return [.. pending.Where(name => !left.Contains(name))];
        }
        finally
        {
            await using var release = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = LockKey } } };
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    // EF takes an id for a name unless it starts with 14 digits, and ours have 12; so it is given what it takes for the name.
    private static string? Target(BackupDbContext context, string? id) =>
        id is null or "0" ? id : context.GetService<IMigrationsIdGenerator>().GetName(id);

    private static DbContextOptions<BackupDbContext> Options(NpgsqlDataSource dataSource) =>
        new DbContextOptionsBuilder<BackupDbContext>()
            .UseNpgsql(dataSource, npgsql => npgsql.MigrationsAssembly(Assembly.Load("Ops.Backup.Migrations")).CommandTimeout(600))
            // The migrations are written by hand, so there is no model snapshot to compare with.
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning))
            .Options;
}
