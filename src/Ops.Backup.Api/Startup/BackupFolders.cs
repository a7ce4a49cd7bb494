using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Api.Startup;

/// <summary>The folders of artifacts, reports and logs.</summary>
public static class BackupFolders
{
    /// <summary>Makes what is missing.</summary>
    /// <returns>The first that can't be made, and why; null when all are there. It is no reason not to start: a disk may come back.</returns>
    public static string? TryMake(BackupOptions backup)
    {
        foreach (var folder in new[] { backup.DataFolder, backup.ReportFolder, backup.LogFolder })
        {
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return $"{folder} can't be used: {e.Message}";
            }
        }
        return null;
    }
}
