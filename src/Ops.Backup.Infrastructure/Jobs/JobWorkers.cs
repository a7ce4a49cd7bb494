using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>
/// Takes waiting jobs while this node has room, and runs each. When the service stops it takes no more, lets what runs go on for the
/// grace time, and then ends it, so that another node takes it over.
/// </summary>
internal sealed partial class JobWorkers(
    IJobQueue queue, JobArrivals arrivals, NodeState state, IServiceScopeFactory scopes, IOptions<BackupOptions> options, TimeProvider time, ILogger<JobWorkers> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly List<Task> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var interrupt = new CancellationTokenSource();
        while (!stoppingToken.IsCancellationRequested)
        {
            _running.RemoveAll(run => run.IsCompleted);
            var claimed = _running.Count < options.Value.MaxConcurrent ? await ClaimAsync(stoppingToken) : null;
            if (claimed is not null) _running.Add(Task.Run(() => RunAsync(claimed, interrupt.Token), CancellationToken.None));
            else await arrivals.WaitAsync(Look, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        state.Stopping = true;
        await StopAsync(interrupt);
    }

    // A database that does not answer pauses this node; it is asked again a second later.
    private async Task<string?> ClaimAsync(CancellationToken stoppingToken)
    {
        try
        {
            return await queue.ClaimNextAsync(options.Value.MaxConcurrentPerHost, stoppingToken);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogNotClaimed(logger, e);
            return null;
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task RunAsync(string jobId, CancellationToken interrupted)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new RunBackup(jobId), interrupted);
        }
        catch (Exception e)
        {
            // Its lease runs out, and the reaper names it.
            LogRunFailed(logger, e, jobId);
        }
        // Room, and perhaps the source of one that waits, is free.
        arrivals.Announce();
        // Between backups the service needs little, and the machine is the databases'. Left to itself the collector keeps what a
        // backup's connections and buffers were, and the next backup comes on top.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private async Task StopAsync(CancellationTokenSource interrupt)
    {
        var all = Task.WhenAll(_running);
        var grace = TimeSpan.FromSeconds(options.Value.StopGraceSeconds);
        if (!all.IsCompleted)
        {
            var count = _running.Count(run => !run.IsCompleted);
            LogStopping(logger, count, options.Value.StopGraceSeconds);
            await Task.WhenAny(all, Task.Delay(grace, time, CancellationToken.None));
        }
        await interrupt.CancelAsync();
        await all;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Count} backups run, and have {Seconds} s to end by themselves")]
    private static partial void LogStopping(ILogger logger, int count, int seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No job could be taken; trying again")]
    private static partial void LogNotClaimed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Backup {JobId} ended in an unexpected way")]
    private static partial void LogRunFailed(ILogger logger, Exception exception, string jobId);
}
