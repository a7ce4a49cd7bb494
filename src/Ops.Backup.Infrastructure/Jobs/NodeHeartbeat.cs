using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Says every five seconds that this node is alive.</summary>
internal sealed class NodeHeartbeat(Database database, INodeIdentity node, IOptions<BackupOptions> options, TimeProvider time, ILogger<NodeHeartbeat> logger)
    : PeriodicWork(TimeSpan.FromSeconds(5), time, logger)
{
    private static readonly string Version =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    protected override Task WorkAsync(CancellationToken stoppingToken) => database.RunAsync(
        async context => await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO service_node (name, instance_id, version, max_concurrent)
            VALUES ({node.Name}, {node.InstanceId}, {Version}, {options.Value.MaxConcurrent})
            ON CONFLICT (name) DO UPDATE
            SET heartbeat_at = now(), version = excluded.version, max_concurrent = excluded.max_concurrent,
                started_at = CASE WHEN service_node.instance_id = excluded.instance_id THEN service_node.started_at ELSE now() END,
                instance_id = excluded.instance_id
            """,
            stoppingToken),
        stoppingToken);
}
