using MediatR;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.Stores;

/// <summary>How full a store was. The parameters are those of the query string; a name that is not known is refused.</summary>
public sealed record GetStoreUsage(string Id, IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters) : IRequest<IReadOnlyList<StoreMeasure>>;

/// <param name="Node" example="db1">The node whose disk it is; null for a store that every node reaches.</param>
/// <param name="MeasuredAt" example="2026-11-21T03:00:00Z">UTC.</param>
/// <param name="UsedBytes" example="1073741824">What the backups in it take.</param>
/// <param name="FreeBytes" example="53687091200">Null where the kind of store can't tell, or it did not answer.</param>
/// <param name="TotalBytes" example="107374182400">Likewise.</param>
public sealed record StoreMeasure(string? Node, DateTimeOffset MeasuredAt, long UsedBytes, long? FreeBytes, long? TotalBytes);

public sealed class GetStoreUsageHandler(IStores stores, IStoreUsage usage, TimeProvider time) : IRequestHandler<GetStoreUsage, IReadOnlyList<StoreMeasure>>
{
    private static readonly TimeSpan Usual = TimeSpan.FromDays(30);

    public async Task<IReadOnlyList<StoreMeasure>> Handle(GetStoreUsage request, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(request.Parameters);
        var (first, last) = (parameters.Time("from"), parameters.Time("to"));
        parameters.RefuseUnknown();
        var to = last ?? time.GetUtcNow();
        var from = first ?? (to - DateTimeOffset.MinValue > Usual ? to - Usual : DateTimeOffset.MinValue);
        if (from > to) throw new InvalidValueException("RANGE_REVERSED", "from", "from is after to.");
        var store = await stores.GetAsync(request.Id, cancellationToken);
        return await usage.ReadAsync(store.Id, from, to, cancellationToken);
    }
}
