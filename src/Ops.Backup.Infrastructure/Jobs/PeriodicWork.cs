using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Something done at start and then again and again until the service stops. A failure is logged, and the next turn tries again.</summary>
internal abstract partial class PeriodicWork(TimeSpan interval, TimeProvider time, ILogger logger) : BackgroundService
{
    protected abstract Task WorkAsync(CancellationToken stoppingToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WorkAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, e, GetType().Name);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                // The stop interrupted it; whatever it left is for the next start.
            }
            await Task.Delay(interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Work} failed; trying again")]
    private static partial void LogFailed(ILogger logger, Exception exception, string work);
}
