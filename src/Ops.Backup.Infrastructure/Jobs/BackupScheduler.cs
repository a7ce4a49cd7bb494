using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Configs;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Starts every second what is due by a schedule or is to be tried again; of several nodes that look, one starts it.</summary>
internal sealed class BackupScheduler(IServiceScopeFactory scopes, TimeProvider time, ILogger<BackupScheduler> logger) : PeriodicWork(TimeSpan.FromSeconds(1), time, logger)
{
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var mediator = scope.ServiceProvider.GetRequiredService<IMediator>();
        await mediator.Send(new StartDueConfigs(), stoppingToken);
        await mediator.Send(new StartRetries(), stoppingToken);
    }
}
