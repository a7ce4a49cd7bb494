using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Says every five seconds that this node is alive and how it is, and looks at the database's clock.</summary>
internal sealed partial class NodeHeartbeat(
    NpgsqlDataSource dataSource, SqlDatabase database, DatabaseClock clock, NodeState state, INodeIdentity node, IOptions<BackupOptions> options, ILogger<NodeHeartbeat> logger)
    : PeriodicWork(TimeSpan.FromSeconds(5), TimeProvider.System, logger)
{
    private static readonly TimeSpan Notable = TimeSpan.FromSeconds(5);

    private static readonly string Version =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private bool _toldOfClock;

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        await clock.MeasureAsync(dataSource, stoppingToken);
        if (clock.Ahead.Duration() > Notable != _toldOfClock)
        {
            _toldOfClock = !_toldOfClock;
            LogClock(logger, clock.Ahead.TotalSeconds);
        }
        await BeatAsync(stoppingToken);
    }

    /// <summary>The last beat says that it is leaving, so that nobody waits for it to be missed.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        state.Stopping = true;
        try
        {
            await BeatAsync(cancellationToken);
        }
        catch (DatabaseUnavailableException)
        {
            // Then it is missed after 30 seconds.
        }
    }

    private Task<int> BeatAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        """
        INSERT INTO service_node AS known (name, instance_id, version, max_concurrent, role, labels, stopping, clock_offset_ms)
        VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
        ON CONFLICT (name) DO UPDATE
        SET heartbeat_at = now(), version = excluded.version, max_concurrent = excluded.max_concurrent, role = excluded.role, labels = excluded.labels,
            stopping = excluded.stopping, clock_offset_ms = excluded.clock_offset_ms,
            started_at = CASE WHEN known.instance_id = excluded.instance_id THEN known.started_at ELSE now() END,
            instance_id = excluded.instance_id
        """,
        [
            node.Name, node.InstanceId, Version, options.Value.MaxConcurrent, Words.Of(node.Role), Converters.ToJson(node.Labels), state.Stopping,
            (long)clock.Ahead.TotalMilliseconds,
        ],
        cancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This machine's clock is {Seconds:F1} s ahead of the database's; the service goes by the database's")]
    private static partial void LogClock(ILogger logger, double seconds);
}
