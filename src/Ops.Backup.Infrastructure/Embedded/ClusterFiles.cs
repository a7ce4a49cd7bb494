using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>What we keep in the data folder beside the cluster: its password, its port, its socket, for us and for scripts.</summary>
internal sealed class ClusterFiles(string dataFolder)
{
    public const string User = "ops_backup";
    private const string PassFilePrefix = $"*:*:*:{User}:";
    private const int PasswordLength = 32;

    public string DataFolder { get; } = dataFolder;

    public string Cluster => Path.Combine(DataFolder, "postgres");

    /// <summary>The cluster while initdb works on it; it gets its name when it is complete.</summary>
    public string UnfinishedCluster => Path.Combine(DataFolder, "postgres.partial");

    public string Log => Path.Combine(DataFolder, "logs", "postgres.log");

    /// <summary>In libpq's format, so that psql and pg_dump can use it as PGPASSFILE.</summary>
    public string PassFile => Path.Combine(DataFolder, "embedded-postgres.pgpass");

    public string FactsFile => Path.Combine(DataFolder, "embedded-postgres.json");

    public bool HasCluster => File.Exists(Path.Combine(Cluster, "PG_VERSION"));

    public int? ClusterMajor =>
        HasCluster && int.TryParse(File.ReadAllText(Path.Combine(Cluster, "PG_VERSION")).Trim().Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? major
            : null;

    /// <summary>The password of the cluster, or a new one when there is no cluster yet.</summary>
    public string Password()
    {
        if (File.Exists(PassFile) && File.ReadAllText(PassFile).Trim() is var line && line.StartsWith(PassFilePrefix, StringComparison.Ordinal))
            return line[PassFilePrefix.Length..];
        if (HasCluster)
            throw new EmbeddedPostgresException($"The embedded cluster {Cluster} is there but its password file {PassFile} is missing or damaged. "
                + $"Restore that file from a backup; its content is one line: {PassFilePrefix}PASSWORD");
        // Letters and digits only: nothing to escape in a passfile or a connection string.
        var password = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", PasswordLength);
        ServiceFolder.WritePrivateFile(PassFile, PassFilePrefix + password + "\n");
        return password;
    }

    public ClusterFacts? ReadFacts()
    {
        try
        {
            return File.Exists(FactsFile) ? JsonSerializer.Deserialize(File.ReadAllText(FactsFile), ClusterFactsJson.Default.ClusterFacts) : null;
        }
        catch (JsonException)
        {
            // Only a port and a socket's folder are in it: both can be chosen anew.
            return null;
        }
    }

    public void WriteFacts(ClusterFacts facts) =>
        ServiceFolder.WritePrivateFile(FactsFile, JsonSerializer.Serialize(facts, ClusterFactsJson.Default.ClusterFacts) + "\n");
}

/// <summary>How to reach the cluster; the password stands in the passfile.</summary>
internal sealed record ClusterFacts(string Host, int Port, string User, string Database, string SocketFolder);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ClusterFacts))]
internal sealed partial class ClusterFactsJson : JsonSerializerContext;
