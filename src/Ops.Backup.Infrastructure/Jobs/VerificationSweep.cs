using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Verification;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Makes up for verifications that a stop or a crash of this node kept from happening: every backup is read once.</summary>
internal sealed class VerificationSweep(IBackupJobs jobs, IServiceScopeFactory scopes, TimeProvider time, ILogger<VerificationSweep> logger)
    : PeriodicWork(TimeSpan.FromSeconds(30), time, logger)
{
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        foreach (var id in await jobs.FindUnverifiedOfThisNodeAsync(stoppingToken))
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new VerifyBackup(id), stoppingToken);
        }
    }
}
