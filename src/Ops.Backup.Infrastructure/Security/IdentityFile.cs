using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Security;

/// <summary>The file of age's secret keys: whoever reads it reads every backup, so nobody but the service may.</summary>
public static class IdentityFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <returns>Why it can't or must not be used; null when it can.</returns>
    public static BackupFailure? Fault(string path)
    {
        try
        {
            if (Directory.Exists(path)) return new BackupFailure("IDENTITY_UNREADABLE", $"{path} is a folder, not a file of secret keys.");
            if (!File.Exists(path)) return new BackupFailure("IDENTITY_MISSING", $"{path} is not there. Bring it back, or leave Backup:AgeIdentityFile out.");
            if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
                return new BackupFailure("IDENTITY_EXPOSED", $"{path} can be used by its group or by everybody. Let its owner alone read it (chmod 600), and think of what has read it so far.");
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new BackupFailure("IDENTITY_UNREADABLE", $"{path} can't be read by the service's user: {e.Message}");
        }
    }
}
