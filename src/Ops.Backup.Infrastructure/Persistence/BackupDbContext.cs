using Microsoft.EntityFrameworkCore;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Domain.Verification;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>
/// The aggregates. Columns that change while a job runs (lease, phase, bytes) and those that only the ingester and the listing
/// use are not mapped: they are written and read by SQL, so that storing an aggregate never overwrites them.
/// </summary>
public sealed class BackupDbContext(DbContextOptions<BackupDbContext> options) : DbContext(options)
{
    public DbSet<BackupJob> Jobs => Set<BackupJob>();

    public DbSet<DatabaseSource> Sources => Set<DatabaseSource>();

    public DbSet<Store> Stores => Set<Store>();

    public DbSet<BackupVerification> Verifications => Set<BackupVerification>();

    internal DbSet<ConfigRow> Configs => Set<ConfigRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(BackupDbContext).Assembly);
}
