using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>What a scan of a store asks the database, besides the jobs themselves.</summary>
public interface IStoreScans
{
    /// <summary>Makes the scan of a store this caller's until it is disposed, or its connection breaks.</summary>
    /// <returns>Null when another has it.</returns>
    Task<IAsyncDisposable?> TryBeginAsync(string storeId, CancellationToken cancellationToken);

    /// <summary>
    /// Whether each run has a row, also a deleted one, in their order. A run that was given up counts as not known: its report may
    /// tell that it did end well.
    /// </summary>
    Task<IReadOnlyList<bool>> AreKnownAsync(IReadOnlyList<ReportedRun> runs, CancellationToken cancellationToken);
}
