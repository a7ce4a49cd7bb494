using System.Globalization;
using System.Text.RegularExpressions;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>One installation of the PostgreSQL server on this machine.</summary>
public sealed partial record PostgresBinaries(string Folder, int Major)
{
    private const string DebianRoot = "/usr/lib/postgresql";

    public string InitDb => Path.Combine(Folder, "initdb");

    public string Server => Path.Combine(Folder, "postgres");

    public string Psql => Path.Combine(Folder, "psql");

    /// <summary>The configured folder; else PATH, then Debian's folders with the highest version first.</summary>
    /// <param name="configured">The folder from the configuration; when it is given nothing else is tried.</param>
    /// <param name="major">The version that an existing cluster was made with: no other one can open it.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="EmbeddedPostgresException">There is none; the message names the package.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? configured, int? major, CancellationToken cancellationToken)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in string.IsNullOrWhiteSpace(configured) ? Candidates() : [configured])
        {
            if (await ReadAsync(folder, cancellationToken) is not { } binaries) continue;
            if (major is null || binaries.Major == major) return binaries;
            found.Add(binaries);
        }
        throw new EmbeddedPostgresException(Explain(configured, major, found));
    }

    private static IEnumerable<string> Candidates()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        // By number, not by name: as text 9 comes after 15.
        var debian = Directory.Exists(DebianRoot)
            ? Directory.GetDirectories(DebianRoot)
                .Select(folder => (folder, version: double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var v) ? v : 0))
                .OrderByDescending(x => x.version).Select(x => Path.Combine(x.folder, "bin"))
            : [];
        return path.Concat(debian);
    }

    private static async Task<PostgresBinaries?> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var server = Path.Combine(folder, "postgres");
        if (!File.Exists(server) || !File.Exists(Path.Combine(folder, "initdb"))) return null;
        // A folder of links has the server but seldom its client programs; the folder that they point to has all of one version.
        if (File.ResolveLinkTarget(server, returnFinalTarget: true) is { } target)
        {
            server = target.FullName;
            folder = Path.GetDirectoryName(server)!;
        }
        var result = await Tool.RunAsync(new ProcessSpec(server, ["--version"]), null, cancellationToken);
        var match = Version().Match(result.Output);
        return result.ExitCode == 0 && match.Success
            ? new PostgresBinaries(folder, int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture))
            : null;
    }

    private static string Explain(string? configured, int? major, List<PostgresBinaries> found)
    {
        var package = major is { } wanted ? $"postgresql-{wanted}" : "postgresql";
        if (found.Count > 0)
            return $"The embedded cluster was made by PostgreSQL {major}, but only version {string.Join(", ", found.Select(b => b.Major).Distinct())} "
                + $"is installed. Install the Debian package {package}.";
        return string.IsNullOrWhiteSpace(configured)
            ? $"No PostgreSQL server was found in PATH or in {DebianRoot}/*/bin. Install the Debian package {package}, or configure an external database."
            : $"The configured folder {configured} holds no PostgreSQL server (initdb, postgres). Correct the setting, or install the Debian package {package}.";
    }

    [GeneratedRegex(@"\(PostgreSQL\) (?<major>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}
