using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>The operating system's user that the server runs as: ourselves, or <c>postgres</c> when we are root, which PostgreSQL refuses to be.</summary>
internal sealed class ClusterOwner
{
    private const string Postgres = "postgres";

    private ClusterOwner(string? runAs) => RunAs = runAs;

    /// <summary>For <see cref="ProcessSpec.RunAs"/>; null runs as ourselves.</summary>
    public string? RunAs { get; }

    public static async Task<ClusterOwner> FindAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) return new ClusterOwner(null);
        var entry = await Tool.RunAsync(new ProcessSpec("/usr/bin/getent", ["passwd", Postgres]), null, cancellationToken);
        return entry.ExitCode == 0
            ? new ClusterOwner(Postgres)
            : throw new EmbeddedPostgresException("PostgreSQL refuses to run as root, and there is no user postgres that it could run as. "
                + "Install the Debian package postgresql, which makes that user, or start the service as an ordinary user.");
    }

    /// <summary>Gives the paths to the server's user; nothing to do when that is us.</summary>
    public async Task OwnAsync(CancellationToken cancellationToken, params string[] paths)
    {
        if (RunAs is null) return;
        var result = await Tool.RunAsync(new ProcessSpec("/usr/bin/chown", ["--no-dereference", $"{RunAs}:", "--", .. paths]), null, cancellationToken);
        if (result.ExitCode != 0) throw new EmbeddedPostgresException($"Could not give the cluster's folder to the user {RunAs}: {result.Errors}");
    }

    /// <summary>The server's user must be able to pass through every folder above its own; under /root, for one, it is not.</summary>
    public async Task RequirePassageAsync(string folder, CancellationToken cancellationToken)
    {
        if (RunAs is null || await MayPassAsync(folder, cancellationToken)) return;
        var closed = folder;
        while (Path.GetDirectoryName(closed) is { } parent && !await MayPassAsync(parent, cancellationToken)) closed = parent;
        throw new EmbeddedPostgresException($"As root the embedded PostgreSQL runs as the user {RunAs}, and that user may not enter {closed}. "
            + $"Choose another data folder than {folder} (run.sh: --data), or open that folder with chmod o+x.");
    }

    // Asked of the kernel as that user, so that access lists and mount options count too.
    private async Task<bool> MayPassAsync(string folder, CancellationToken cancellationToken) =>
        (await Tool.RunAsync(new ProcessSpec("/usr/bin/test", ["-x", folder]) { RunAs = RunAs }, null, cancellationToken)).ExitCode == 0;
}
