using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Looks for abandoned runs at start and every ten seconds; any node may find them.</summary>
internal sealed partial class Reaper(IServiceScopeFactory scopes, TimeProvider time, ILogger<Reaper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var starting = true;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new ReapAbandoned(starting), stoppingToken);
                starting = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).AsTask().ContinueWith(tick => tick.IsCompletedSuccessfully && tick.Result, TaskScheduler.Default));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Abandoned runs could not be looked for; trying again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
