using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>Does what RESTORE.txt says, word for word, with nothing but the artifact's files.</summary>
public static class RestoreScript
{
    /// <summary>The database that the instructions restore into.</summary>
    public const string Database = "restored";

    /// <summary>Commands are indented by five columns or more; everything else is said to people.</summary>
    public static IReadOnlyList<string> CommandsOf(BackupView backup) => CommandsIn(backup.File("instructions").Path!);

    private static IReadOnlyList<string> CommandsIn(string instructions) =>
        [.. File.ReadLines(instructions).Where(line => line.StartsWith("     ", StringComparison.Ordinal)).Select(line => line.Trim())];

    public static async Task RunAsync(PostgresCluster cluster, BackupView backup)
    {
        using var folder = new TempFolder("restore");
        foreach (var file in backup.Files) File.Copy(file.Path!, folder.File(Path.GetFileName(file.Name)));
        await RunInAsync(cluster, folder);
    }

    /// <summary>With the files as they lay in some store, and the secret key where they are encrypted.</summary>
    public static async Task RunAsync(PostgresCluster cluster, IReadOnlyDictionary<string, byte[]> files, AgeKey? key = null)
    {
        using var folder = new TempFolder("restore");
        foreach (var (name, content) in files) await File.WriteAllBytesAsync(folder.File(Path.GetFileName(name)), content);
        if (key is not null) File.Copy(key.File, folder.File("KEY.txt"));
        await RunInAsync(cluster, folder);
    }

    public static Task DropAsync(PostgresCluster cluster) => PostgresCluster.ExecuteAsync(cluster.ConnectionString, $"DROP DATABASE IF EXISTS {Database} WITH (FORCE)");

    private static async Task RunInAsync(PostgresCluster cluster, TempFolder folder)
    {
        var commands = CommandsIn(Directory.EnumerateFiles(folder.Path, "*.RESTORE.txt").Single());
        commands.ShouldContain(command => command.StartsWith("sha256sum -c", StringComparison.Ordinal));
        var bin = Path.GetDirectoryName(cluster.Binaries.Psql)!;
        var result = await Tool.RunAsync(new ProcessSpec("/bin/bash", ["-euo", "pipefail", "-c", string.Join('\n', commands)])
        {
            WorkingDirectory = folder.Path,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PATH"] = $"{bin}:/usr/bin:/bin",
                ["PGHOST"] = "127.0.0.1",
                ["PGPORT"] = cluster.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["PGUSER"] = "ops_backup",
                ["PGPASSFILE"] = cluster.PassFile,
            },
        }, null, CancellationToken.None);
        result.ExitCode.ShouldBe(0, $"{string.Join('\n', commands)}\n{result.Errors}");
    }
}
