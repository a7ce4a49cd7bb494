using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>Reads of many backups, straight from the table. Deleted ones are not there.</summary>
public interface IBackupCatalogue
{
    Task<BackupPage> ListAsync(BackupListing listing, CancellationToken cancellationToken);

    /// <param name="days">Length of the daily series that ends with today (UTC).</param>
    Task<BackupSummary> SummarizeAsync(int days, DateTimeOffset now, CancellationToken cancellationToken);
}
