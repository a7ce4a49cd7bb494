using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>Starts the server on a complete cluster, past whatever an earlier one left there.</summary>
internal sealed class ServerLauncher(ClusterFiles files, ClusterOwner owner, PostgresBinaries binaries, string password,
    IReadOnlyDictionary<string, string> moreSettings, RotatingLog log)
{
    private const string Host = "127.0.0.1";
    private const string Database = "ops_backup";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public string ConnectionString(int port) => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = port,
        Username = ClusterFiles.User,
        Password = password,
        Database = Database,
    }.ConnectionString;

    /// <param name="fixedPort">The port that clients already know; null takes the last one or, when that is taken, another.</param>
    /// <param name="cancellationToken">Gives up, and leaves no process.</param>
    public async Task<(PostgresServer Server, int Port)> StartAsync(int? fixedPort, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var preferred = fixedPort ?? files.ReadFacts()?.Port;
        while (true)
        {
            await OldServer.EndAsync(files.Cluster, cancellationToken);
            var port = fixedPort ?? FreePort.Choose(preferred);
            var socketFolder = await SocketFolder.PrepareAsync(files, owner, cancellationToken);
            files.WriteFacts(new ClusterFacts(Host, port, ClusterFiles.User, Database, socketFolder));
            try
            {
                return (await PostgresServer.StartAsync(Command(port, socketFolder), ConnectionString(port), log.WriteLine, cancellationToken), port);
            }
            catch (ServerStartException e) when (clock.Elapsed < Patience && (e.FolderInUse || (e.PortTaken && fixedPort is null)))
            {
                preferred = e.PortTaken ? null : preferred;
                await Task.Delay(Pause, cancellationToken);
            }
            catch (ServerStartException e)
            {
                throw new EmbeddedPostgresException($"The embedded PostgreSQL did not start. {e.Message} (its log: {files.Log})", e);
            }
        }
    }

    // By arguments, not by postgresql.conf: as root we write nothing into a folder that another user owns, and an old cluster gets new settings.
    private ProcessSpec Command(int port, string socketFolder)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["listen_addresses"] = Host,
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = $"\"{socketFolder.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
            ["unix_socket_permissions"] = "0700",
            ["cluster_name"] = "ops_backup",
            ["shared_buffers"] = "128MB",
            ["max_connections"] = "100",
            ["fsync"] = "on",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_line_prefix"] = "%m [%p] %q%u@%d ",
            ["logging_collector"] = "off",
            ["log_destination"] = "stderr",
        };
        foreach (var (key, value) in moreSettings) settings[key] = value;
        return new ProcessSpec(binaries.Server, ["-D", files.Cluster, .. settings.SelectMany(setting => (string[])["-c", $"{setting.Key}={setting.Value}"])])
        {
            RunAs = owner.RunAs,
            // A fast shutdown also when this service is killed.
            SignalOnParentDeath = "INT",
        };
    }
}
