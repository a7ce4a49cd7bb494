using Ops.Backup.Domain.Retention;

namespace Ops.Backup.Application.Ports;

/// <summary>What retention reads of the backups, and whose turn it is.</summary>
public interface IRetention
{
    /// <summary>The database's time, the same for every node.</summary>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken);

    /// <summary>A config that has a rule which was last applied so long ago; of any number of nodes one gets it.</summary>
    /// <returns>Its id; null when none is due.</returns>
    Task<string?> ClaimAsync(TimeSpan every, CancellationToken cancellationToken);

    /// <summary>Makes a config due again: there is more to do.</summary>
    Task ReleaseAsync(string configId, CancellationToken cancellationToken);

    /// <summary>All backups of a config but those that are deleted or being deleted, newest first, and nobody else's. Few columns: there may be a million.</summary>
    Task<ConfigBackups> ReadAsync(string configId, CancellationToken cancellationToken);
}

/// <param name="Now">The database's time.</param>
/// <param name="Backups">Of each store's proven ones at least the newest is marked as proven; it is the only one that counts.</param>
public sealed record ConfigBackups(DateTimeOffset Now, IReadOnlyList<StoredBackup> Backups);
