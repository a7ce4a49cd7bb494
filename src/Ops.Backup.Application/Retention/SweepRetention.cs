using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Retention;

/// <summary>What retention has to do on this node: deletions to be tried again, configs whose turn it is, records of deleted runs.</summary>
public sealed record SweepRetention : IRequest;

public sealed partial class SweepRetentionHandler(
    IRetention retention, IDeletions deletions, ICopyRemoval removal, IMediator mediator, [FromKeyedServices(RetentionClock.Machine)] TimeProvider machine,
    ILogger<SweepRetentionHandler> logger) : AsyncRequestHandler<SweepRetention>
{
    /// <summary>How long a config waits for its next turn.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private const int Batch = 100;

    protected override async Task Handle(SweepRetention request, CancellationToken cancellationToken)
    {
        // Before a config is claimed: a node with a wrong clock must not use up the others' turns.
        if (await retention.NowAsync(cancellationToken) is var now && !RetentionClock.Agrees(now, machine.GetUtcNow()))
        {
            LogClocks(logger, machine.GetUtcNow(), now);
            return;
        }
        while (await deletions.ClaimAsync(Batch, cancellationToken) is { Count: > 0 } due)
            foreach (var id in due) await GuardedAsync(id, () => mediator.Send(new RemoveBackup(id, Again: true), cancellationToken), cancellationToken);
        while (await retention.ClaimAsync(Every, cancellationToken) is { } configId)
            await GuardedAsync(configId, () => ApplyAsync(configId, cancellationToken), cancellationToken);
        await ForgetRecordsAsync(cancellationToken);
    }

    private async Task ApplyAsync(string configId, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(new ApplyRetention(configId), cancellationToken);
        if (result is { Left: > 0, Deleted: > 0 }) await retention.ReleaseAsync(configId, cancellationToken);
    }

    private async Task ForgetRecordsAsync(CancellationToken cancellationToken)
    {
        while (await deletions.FindRecordsAsync(Batch, cancellationToken) is { Count: > 0 } all)
            foreach (var records in all)
            {
                removal.RemoveRecords(records);
                await deletions.ForgetRecordsAsync(records.JobId, cancellationToken);
            }
    }

    // What one meets must not keep the others waiting; the database's silence does.
    private async Task GuardedAsync(string id, Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not DatabaseUnavailableException)
        {
            LogFailed(logger, e, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "This node's clock says {Node}, the database's {Database}: no backup is deleted until they agree")]
    private static partial void LogClocks(ILogger logger, DateTimeOffset node, DateTimeOffset database);

    [LoggerMessage(Level = LogLevel.Error, Message = "Retention failed at {Id}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string id);
}
