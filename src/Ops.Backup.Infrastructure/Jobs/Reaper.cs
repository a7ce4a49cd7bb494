using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Looks for abandoned runs at start and every ten seconds; any node may find them.</summary>
internal sealed class Reaper(IServiceScopeFactory scopes, TimeProvider time, ILogger<Reaper> logger) : PeriodicWork(TimeSpan.FromSeconds(10), time, logger)
{
    private bool _starting = true;

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new ReapAbandoned(_starting), stoppingToken);
        _starting = false;
    }
}
