using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Ports;

/// <summary>How full stores are, as a series. A local store is measured by each node on its own disk, another by one node for all.</summary>
public interface IStoreUsage
{
    /// <summary>Writes down what the table's backups take in a store, unless that was done in these ten minutes.</summary>
    /// <returns>The time that the measure has; null when it is done already, by this node or, of a store that all share, by another.</returns>
    Task<DateTimeOffset?> BeginAsync(Store store, CancellationToken cancellationToken);

    /// <summary>Adds the space to a measure that was begun.</summary>
    Task CompleteAsync(Store store, DateTimeOffset measuredAt, StoreSpace space, CancellationToken cancellationToken);

    /// <summary>Of measures that are older than 400 days one a day stays.</summary>
    Task ThinAsync(CancellationToken cancellationToken);

    /// <summary>The last measure of each store, by its id; of local ones on this node.</summary>
    Task<IReadOnlyDictionary<string, StoreMeasure>> NewestAsync(CancellationToken cancellationToken);

    /// <summary>By node and time; a long series has its last measure in each of a thousand steps.</summary>
    Task<IReadOnlyList<StoreMeasure>> ReadAsync(string storeId, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken);
}
