namespace Ops.Backup.Api.Startup;

/// <summary>
/// The service's temporary files (passfiles, pipes) lie in its data folder, which one service holds at a time: what a killed
/// one left there is removed at the next start.
/// </summary>
public static class TemporaryFolder
{
    public static void Renew(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "tmp");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("TMPDIR", folder);
    }
}
