using System.Diagnostics;

namespace Ops.Backup.Testing;

/// <summary>Programs of others that tests run, from npm: a folder under <c>tests/</c> with a lock file.</summary>
public static class NpmPackage
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Installs what the folder's lock file names, if that was not done yet. Of several processes one does it, and the others wait.</summary>
    /// <returns>The folder.</returns>
    public static async Task<string> InstallAsync(string folder)
    {
        var home = RepositoryRoot.File("tests", folder);
        var done = Path.Combine(home, "node_modules", ".package-lock.json");
        if (File.Exists(done)) return home;
        await using var mine = await LockAsync(Path.Combine(Path.GetTempPath(), $"ops-backup-npm-{folder}.lock"));
        if (File.Exists(done)) return home;
        // With the environment as it is: npm's own settings say where packages come from.
        var info = new ProcessStartInfo("npm", ["ci", "--silent", "--no-audit", "--no-fund"]) { WorkingDirectory = home, UseShellExecute = false };
        using var npm = Process.Start(info)!;
        await npm.WaitForExitAsync().WaitAsync(Patience);
        return npm.ExitCode == 0 ? home : throw new InvalidOperationException($"npm ci in {home} ended with {npm.ExitCode}.");
    }

    private static Task<FileStream> LockAsync(string path)
    {
        var open = () => new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        return Poll.Until("the lock of the installation is free", open, _ => true, Patience);
    }
}
