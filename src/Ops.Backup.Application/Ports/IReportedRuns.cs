using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>Loads what reports say into <c>db_backup_job</c>: one run is one row, however many nodes load its report at the same time.</summary>
public interface IReportedRuns
{
    /// <returns>One outcome a run, in their order. One that is refused does not keep the others from being loaded.</returns>
    Task<IReadOnlyList<LoadedRun>> LoadAsync(IReadOnlyList<ReportedRun> runs, CancellationToken cancellationToken);
}

/// <summary>
/// Unchanged: the row says the same, or comes from a newer version of the report, or was deleted. Busy: a node runs the job right
/// now; try again later.
/// </summary>
public enum LoadResult { Added, Updated, Unchanged, Busy, Refused }

/// <param name="JobId">The row's id; null when there is none.</param>
/// <param name="Refusal">Why, when it was refused.</param>
public sealed record LoadedRun(LoadResult Result, string? JobId, ReportRejectedException? Refusal = null);
