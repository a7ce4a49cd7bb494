using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Ports;

public interface IConfiguredConfigs
{
    Task<IReadOnlyList<BackupConfig>> AllAsync(CancellationToken cancellationToken);

    /// <summary>Changes the configs by what files say, all at once or not at all; nodes that do so at once take turns.</summary>
    /// <param name="decide">Gets all configs that there are, and gives back those that are new or changed. It must not wait for anything; what it throws leaves everything as it was.</param>
    /// <exception cref="Domain.DomainException">A name is taken, or a source or store was deleted meanwhile.</exception>
    Task DefineAsync(Func<IReadOnlyList<BackupConfig>, IReadOnlyList<BackupConfig>> decide, CancellationToken cancellationToken);
}
