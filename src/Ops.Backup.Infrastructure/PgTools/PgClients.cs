using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.PgTools;

/// <summary>
/// The client programs of this machine. pg_dump refuses a server of a newer major version, so the client is chosen by the
/// server: the newest installed that is not older.
/// </summary>
public sealed partial class PgClients(IOptions<BackupOptions> options)
{
    private const string DebianFolder = "/usr/lib/postgresql";
    private readonly ConcurrentDictionary<(string Path, DateTime Written), Version?> _versions = [];

    /// <exception cref="BackupFailedException"><c>PG_DUMP_MISSING</c> or <c>PG_DUMP_TOO_OLD</c>.</exception>
    public async Task<PgClient> ChooseAsync(Version server, CancellationToken cancellationToken)
    {
        var clients = await ListAsync(cancellationToken);
        if (clients.Count == 0)
            throw new BackupFailedException("PG_DUMP_MISSING", $"No pg_dump is installed on this machine. Install the package postgresql-client{(server.Major == 0 ? "" : $"-{server.Major}")}, or set Backup:ClientFolders.");
        return clients.Where(client => client.Version.Major >= server.Major).MaxBy(client => client.Version)
            ?? throw new BackupFailedException(
                "PG_DUMP_TOO_OLD",
                $"The server is PostgreSQL {server}; the newest pg_dump here is {clients.Max(client => client.Version)}, and it refuses newer servers. Install the package postgresql-client-{server.Major}.");
    }

    /// <summary>The newest client, for reading archives.</summary>
    public async Task<PgClient> NewestAsync(CancellationToken cancellationToken) => await ChooseAsync(new Version(0, 0), cancellationToken);

    private async Task<IReadOnlyList<PgClient>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new List<PgClient>();
        foreach (var folder in Folders().Distinct(StringComparer.Ordinal))
            if (await VersionOfAsync(Path.Combine(folder, "pg_dump"), cancellationToken) is { } version)
                found.Add(new PgClient(folder, version));
        return found;
    }

    // Where none are configured: Debian's own folders, then PATH, whose entry on Debian is a wrapper that picks a version by itself.
    private IEnumerable<string> Folders() => options.Value.ClientFolders is { Count: > 0 } configured
        ? configured
        : (Directory.Exists(DebianFolder) ? Directory.EnumerateDirectories(DebianFolder).Select(folder => Path.Combine(folder, "bin")) : [])
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries));

    private async Task<Version?> VersionOfAsync(string program, CancellationToken cancellationToken)
    {
        if (!File.Exists(program)) return null;
        var key = (program, File.GetLastWriteTimeUtc(program));
        if (_versions.TryGetValue(key, out var known)) return known;
        var asked = await Tool.RunAsync(new ProcessSpec(program, ["--version"]), null, cancellationToken);
        var match = VersionNumber().Match(asked.Output);
        return _versions[key] = asked.ExitCode == 0 && match.Success ? ToVersion(match.Value) : null;
    }

    /// <summary>Reads "17.11" and "18beta1" alike.</summary>
    internal static Version ToVersion(string text) => text.Contains('.', StringComparison.Ordinal) ? Version.Parse(text) : new Version(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture), 0);

    [GeneratedRegex(@"\d+(\.\d+)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionNumber();
}
