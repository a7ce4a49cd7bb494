using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Ports;

public interface ISources
{
    /// <param name="nameOrId">The id, or the name that people use.</param>
    /// <exception cref="Domain.NotFoundException">There is none.</exception>
    Task<DatabaseSource> GetAsync(string nameOrId, CancellationToken cancellationToken);

    Task<IReadOnlyList<DatabaseSource>> ListAsync(CancellationToken cancellationToken);

    /// <exception cref="Domain.ConflictException">The name is taken.</exception>
    Task AddAsync(DatabaseSource source, CancellationToken cancellationToken);

    /// <exception cref="Domain.ConflictException">The name is taken.</exception>
    Task SaveAsync(DatabaseSource source, CancellationToken cancellationToken);

    Task RemoveAsync(DatabaseSource source, CancellationToken cancellationToken);
}
