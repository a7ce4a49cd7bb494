using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Retention;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Applies the rules of configs whose turn it is, and tries failed deletions again.</summary>
internal sealed class RetentionSweep(IServiceScopeFactory scopes, TimeProvider time, ILogger<RetentionSweep> logger) : PeriodicWork(TimeSpan.FromMinutes(1), time, logger)
{
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new SweepRetention(), stoppingToken);
    }
}
