using Microsoft.Extensions.DependencyInjection;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Jobs;

public static class JobServices
{
    /// <summary>What a node does by itself: its heartbeat, and where it works, schedules, runs, and what follows after runs.</summary>
    public static IServiceCollection AddJobEngine(this IServiceCollection services, NodeRole role)
    {
        services.AddSingleton<NodeState>();
        services.AddHostedService<NodeHeartbeat>();
        if (role is NodeRole.Api) return services;
        services.AddHostedService<Reaper>();
        services.AddHostedService<BackupScheduler>();
        services.AddHostedService<JobWorkers>();
        services.AddHostedService<VerificationSweep>();
        services.AddHostedService<RepairSweep>();
        services.AddHostedService<StoreMeasuring>();
        services.AddHostedService<RetentionSweep>();
        return services;
    }
}
