using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Stores;

internal static class StagedFiles
{
    /// <summary>
    /// Discards what one run staged. A store discards by the beginning of a name, and at a full hour many runs go on at once whose names
    /// begin alike: <c>020000_orders</c> must not take away what <c>020000_orders2</c> is just writing.
    /// </summary>
    public static async Task DiscardOfRunAsync(this IArtifactStore store, string baseName, CancellationToken cancellationToken)
    {
        var staged = new List<string>();
        await foreach (var file in store.ListStagedAsync(baseName, cancellationToken))
            if (ArtifactName.Belongs(file.Name, baseName)) staged.Add(file.Name);
        foreach (var name in staged.Distinct(StringComparer.Ordinal)) await store.DiscardStagedAsync(name, cancellationToken);
    }
}
