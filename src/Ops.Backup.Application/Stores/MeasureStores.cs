using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Stores;

/// <summary>Writes down how full the stores are that are this node's to measure.</summary>
public sealed record MeasureStores : IRequest;

public sealed partial class MeasureStoresHandler(IStores stores, IArtifactStores artifactStores, IStoreUsage usage, ILogger<MeasureStoresHandler> logger)
    : AsyncRequestHandler<MeasureStores>
{
    protected override async Task Handle(MeasureStores request, CancellationToken cancellationToken)
    {
        foreach (var store in await stores.ListAsync(cancellationToken))
        {
            if (await usage.BeginAsync(store, cancellationToken) is not { } measuredAt) continue;
            try
            {
                using var files = artifactStores.Open(store);
                if (await files.SpaceAsync(cancellationToken) is { } space) await usage.CompleteAsync(store, measuredAt, space, cancellationToken);
            }
            catch (Exception e) when (e is StoreException or SecretUnreadableException)
            {
                // What the backups take is written; the others are measured all the same.
                LogNotMeasured(logger, store.Name, e.Message);
            }
        }
        await usage.ThinAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The space of store {Store} is not known: {Reason}")]
    private static partial void LogNotMeasured(ILogger logger, string store, string reason);
}
