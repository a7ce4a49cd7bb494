using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Verification;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Makes up for verifications that a stop or a crash of this node kept from happening: every backup is read once.</summary>
internal sealed partial class VerificationSweep(IBackupJobs jobs, IServiceScopeFactory scopes, TimeProvider time, ILogger<VerificationSweep> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var id in await jobs.FindUnverifiedOfThisNodeAsync(stoppingToken)) await VerifyAsync(id, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, e);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task VerifyAsync(string jobId, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new VerifyBackup(jobId), cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A backup could not be verified; trying again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
