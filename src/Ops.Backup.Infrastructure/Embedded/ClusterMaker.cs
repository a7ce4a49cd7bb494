using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>Makes the cluster under another name and renames it when it is complete: an initdb that was killed is simply done again.</summary>
internal sealed class ClusterMaker(ClusterFiles files, ClusterOwner owner, PostgresBinaries binaries)
{
    public async Task MakeAsync(string password, bool sync, CancellationToken cancellationToken)
    {
        var unfinished = files.UnfinishedCluster;
        if (Directory.Exists(unfinished))
        {
            await OldServer.EndAsync(unfinished, cancellationToken);
            Directory.Delete(unfinished, recursive: true);
        }
        var passwordFile = Path.Combine(files.DataFolder, "postgres.initial-password");
        ServiceFolder.CreatePrivate(unfinished);
        try
        {
            ServiceFolder.WritePrivateFile(passwordFile, password + "\n");
            await owner.OwnAsync(cancellationToken, unfinished, passwordFile);
            await RunAsync(binaries.InitDb, InitArguments(unfinished, passwordFile, sync), owner.RunAs, cancellationToken);
        }
        finally
        {
            File.Delete(passwordFile);
        }
        Directory.Move(unfinished, files.Cluster);
        // What the server promises to keep from now on is only as durable as the cluster's name.
        if (sync) await RunAsync("/usr/bin/sync", ["--", files.DataFolder], null, cancellationToken);
    }

    private static string[] InitArguments(string folder, string passwordFile, bool sync) =>
    [
        $"--pgdata={folder}", $"--username={ClusterFiles.User}", $"--pwfile={passwordFile}", "--auth=scram-sha-256",
        "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", .. sync ? Array.Empty<string>() : ["--no-sync"],
    ];

    private static async Task RunAsync(string program, string[] arguments, string? runAs, CancellationToken cancellationToken)
    {
        var result = await Tool.RunAsync(new ProcessSpec(program, arguments) { RunAs = runAs }, null, cancellationToken);
        if (result.ExitCode != 0)
            throw new EmbeddedPostgresException($"{Path.GetFileName(program)} could not make the embedded cluster (exit code {result.ExitCode}): {result.Errors.ReplaceLineEndings(" ")}");
    }
}
