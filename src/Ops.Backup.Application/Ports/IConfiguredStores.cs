using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Ports;

public interface IConfiguredStores
{
    /// <summary>
    /// Makes these the configured stores, at once and by any number of nodes. Those that are no longer among them are removed, or
    /// become ordinary stores, and no default, while copies are in them; when they come back they are taken over again.
    /// </summary>
    /// <exception cref="Domain.ConflictException">A store that was never configured has one of the names; nothing was changed.</exception>
    Task DefineAsync(IReadOnlyList<Store> stores, CancellationToken cancellationToken);
}
