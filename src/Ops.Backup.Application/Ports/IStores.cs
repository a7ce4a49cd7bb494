using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Ports;

public interface IStores
{
    /// <param name="nameOrId">The id, or the name that people use.</param>
    /// <exception cref="Domain.NotFoundException">There is none.</exception>
    Task<Store> GetAsync(string nameOrId, CancellationToken cancellationToken);

    Task<IReadOnlyList<Store>> ListAsync(CancellationToken cancellationToken);

    /// <exception cref="Domain.ConflictException">The name is taken.</exception>
    Task AddAsync(Store store, CancellationToken cancellationToken);

    /// <exception cref="Domain.ConflictException">The name is taken.</exception>
    Task SaveAsync(Store store, CancellationToken cancellationToken);

    /// <exception cref="Domain.ConflictException">Copies are in it.</exception>
    Task RemoveAsync(Store store, CancellationToken cancellationToken);
}
