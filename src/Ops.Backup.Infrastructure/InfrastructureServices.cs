using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Retention;
using Ops.Backup.Infrastructure.Configs;
using Ops.Backup.Infrastructure.Jobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Security;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure;

public static class InfrastructureServices
{
    /// <summary>Everything outside the job engine and the reports.</summary>
    /// <param name="keyFolder">Where the keys lie that passwords are encrypted with; nodes that share a database share it.</param>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, NpgsqlDataSource dataSource, INodeIdentity node, string keyFolder)
    {
        services.AddSingleton<DatabaseClock>();
        services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<DatabaseClock>());
        services.AddKeyedSingleton(RetentionClock.Machine, TimeProvider.System);
        services.AddSingleton(dataSource);
        services.AddSingleton(node);
        services.AddDbContextFactory<BackupDbContext>(options => options.UseNpgsql(dataSource));
        services.AddSingleton<Database>();
        services.AddSingleton<IBackupJobs, BackupJobStore>();
        services.AddSingleton<JobArrivals>();
        services.AddSingleton<IJobQueue, JobQueueStore>();
        services.AddSingleton<ConfigRepository>();
        services.AddSingleton<IConfigs>(provider => provider.GetRequiredService<ConfigRepository>());
        services.AddSingleton<IConfiguredConfigs>(provider => provider.GetRequiredService<ConfigRepository>());
        services.AddSingleton<IConfigYaml, YamlWriter>();
        services.AddSingleton<ISources, SourceStore>();
        services.AddSingleton<StoreRepository>();
        services.AddSingleton<IStores>(provider => provider.GetRequiredService<StoreRepository>());
        services.AddSingleton<IConfiguredStores>(provider => provider.GetRequiredService<StoreRepository>());
        services.TryAddSingleton<SqlDatabase>();
        services.AddSingleton<IStoreScans, StoreScans>();
        services.AddSingleton<IStoreUsage, StoreUsage>();
        services.AddSingleton<IRecipients, RecipientQueries>();
        services.AddSingleton<IStatistics, StatisticsQueries>();
        services.AddSingleton<IEncryption, AgeEncryption>();
        services.AddSingleton<IJobBoard, JobBoardQueries>();
        services.AddSingleton<IRetention, RetentionStore>();
        services.AddSingleton<IDeletions, DeletionStore>();

        Directory.CreateDirectory(keyFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        services.AddDataProtection().SetApplicationName("Ops.Backup").PersistKeysToFileSystem(new DirectoryInfo(keyFolder));
        services.AddSingleton<ISecrets, DataProtectionSecrets>();

        services.AddSingleton<PgClients>();
        services.AddSingleton<ServerProbe>();
        services.AddSingleton<IDatabaseProbe>(provider => provider.GetRequiredService<ServerProbe>());
        services.AddSingleton<DumpRunner>();
        services.AddSingleton<JobStores>();
        services.AddSingleton<CopyReports>();
        services.AddSingleton<RunLeftovers>();
        services.AddSingleton<CopyRepair>();
        services.AddSingleton<ArchiveReader>();
        services.AddSingleton<IBackupPipeline, BackupPipeline>();
        services.AddSingleton<IArtifactFiles, ArtifactFiles>();
        services.AddSingleton<ICopyRemoval, CopyRemoval>();
        services.AddSingleton<IArtifactStores, ArtifactStores>();
        return services;
    }
}
