using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Ops.Backup.Application.Ports;
using Quartz;

namespace Ops.Backup.Infrastructure.Jobs;

public static class JobServices
{
    /// <summary>Quartz, clustered in the schema <c>quartz</c>, with as many threads as dumps may run here at once. Nothing else runs on them.</summary>
    public static IServiceCollection AddJobEngine(this IServiceCollection services, string connectionString, INodeIdentity node, int maxConcurrent)
    {
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "ops-backup";
                scheduler.InstanceId = node.InstanceId;
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
                scheduler.IdleWaitTime = TimeSpan.FromSeconds(5);
            });
            quartz.UseDefaultThreadPool(maxConcurrent);
            quartz.UsePersistentStore(store =>
            {
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = "quartz.qrtz_";
                    options.StoreJobDataAsStrings = true;
                });
                store.UsePostgres(NpgsqlFactory.Instance, connectionString);
                store.UseSystemTextJsonSerializer();
                store.ProvisionSchema();
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(5);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(15);
                });
            });
        });
        services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
        services.AddSingleton<IJobQueue, QuartzJobQueue>();
        services.AddHostedService<Reaper>();
        services.AddHostedService<VerificationSweep>();
        services.AddHostedService<RepairSweep>();
        services.AddHostedService<StoreMeasuring>();
        services.AddHostedService<RetentionSweep>();
        services.AddHostedService<NodeHeartbeat>();
        return services;
    }
}
