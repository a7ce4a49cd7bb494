using System.Text.Json;
using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>One backup in full, and the board of the job engine.</summary>
public sealed class JobBoardQueries(NpgsqlDataSource dataSource) : IJobBoard
{
    private const string DetailSql = """
        SELECT to_jsonb(row) FROM (
            SELECT id, database, host, port, source_id AS "sourceId", config_id AS "configId", config_name AS "config", scheduled_for AS "scheduledFor",
                   retry_of AS "retryOf", attempt, retry_at AS "retryAt", priority, wanted_node AS "wantedNode", wanted_label AS "wantedLabel",
                   (SELECT r.id FROM db_backup_job r WHERE r.retry_of = j.id AND NOT r.deleted ORDER BY r.create_time DESC LIMIT 1) AS "retriedBy", status, trigger, type, method, format,
                   compression, jobs, include_globals AS "includeGlobals", mode, tool, description, create_time AS "createdAt", started_at AS "startedAt",
                   finished_at AS "finishedAt", duration_sec AS "durationSeconds", size_bytes AS "sizeBytes", local_file AS "localFile",
                   remote_urls AS "remoteUrls", checksum, files, recipients, log_file AS "logFile", report_file AS "reportFile", server_version AS "serverVersion",
                   client_version AS "clientVersion", node, error_msg AS "errorMessage", delete_error AS "deleteError",
                   CASE WHEN hold_until IS NOT NULL THEN jsonb_build_object('reason', hold_reason, 'until', hold_until) END AS hold,
                   CASE status WHEN 'PENDING' THEN 'queued' WHEN 'RUNNING' THEN phase END AS phase,
                   CASE WHEN status = 'PENDING' THEN
                       CASE WHEN NOT EXISTS (
                                SELECT 1 FROM service_node n
                                WHERE n.role <> 'api' AND NOT n.stopping AND n.heartbeat_at > now() - interval '30 seconds'
                                  AND (j.wanted_node IS NULL OR n.name = j.wanted_node) AND (j.wanted_label IS NULL OR n.labels ? j.wanted_label))
                            THEN concat_ws(' ', 'a node', 'named ' || j.wanted_node, 'with the label ' || j.wanted_label)
                            ELSE coalesce((SELECT 'backup ' || r.id || ' of the same source' FROM db_backup_job r WHERE r.source_id = j.source_id AND r.status = 'RUNNING'), 'a free place') END
                   END AS "waitingFor",
                   CASE WHEN status = 'RUNNING' THEN bytes_so_far END AS "bytesSoFar",
                   CASE WHEN status = 'RUNNING' THEN (bytes_so_far / greatest(extract(epoch FROM now() - started_at), 0.001))::bigint END AS "bytesPerSecond",
                   CASE WHEN status IN ('PENDING', 'RUNNING') THEN estimated_bytes END AS "estimatedBytes",
                   CASE WHEN status = 'RUNNING' AND bytes_so_far > 0 AND estimated_bytes > bytes_so_far
                        THEN ((estimated_bytes - bytes_so_far) * extract(epoch FROM now() - started_at) / bytes_so_far)::bigint END AS "estimatedSecondsLeft",
                   (SELECT v.verification_type FROM backup_verification v WHERE v.job_id = j.id AND v.verification_status = 'passed'
                    ORDER BY array_position(ARRAY['restore_test', 'integrity_check', 'checksum'], v.verification_type) LIMIT 1) AS proof,
                   coalesce((SELECT jsonb_agg(jsonb_build_object('type', v.verification_type, 'status', v.verification_status, 'result', v.verification_result,
                        'durationMilliseconds', v.duration_ms, 'verifiedAt', v.verified_at, 'verifiedBy', v.verified_by) ORDER BY v.verified_at)
                    FROM backup_verification v WHERE v.job_id = j.id), '[]') AS verifications,
                   coalesce((SELECT jsonb_agg(jsonb_build_object('store', c.store_name, 'storeId', c.store_id, 'kind', c.kind, 'node', c.node, 'status', c.status,
                        'url', c.url, 'sizeBytes', c.size_bytes, 'checksum', c.checksum, 'errorMessage', c.error_msg, 'attempts', c.attempts,
                        'nextTryAt', c.next_try_at, 'finishedAt', c.finished_at) ORDER BY c.kind <> 'local', c.store_name)
                    FROM backup_copy c WHERE c.job_id = j.id), '[]') AS copies
            FROM db_backup_job j WHERE id = $1 AND NOT deleted) row
        """;

    private const string Line = "id, coalesce(database, ''), host, type, status, phase, bytes_so_far, node, error_msg";

    private const string BoardSql = $"""
        SELECT {Line}, create_time FROM db_backup_job WHERE status = 'PENDING' AND NOT deleted ORDER BY priority DESC, due_at, id LIMIT 1000;
        SELECT {Line}, started_at FROM db_backup_job WHERE status = 'RUNNING' AND NOT deleted ORDER BY started_at, id LIMIT 1000;
        SELECT {Line}, coalesce(finished_at, started_at) FROM db_backup_job WHERE status = 'FAILED' AND NOT deleted ORDER BY started_at DESC, id DESC LIMIT 50;
        (SELECT id, name, NULL, next_run_at FROM backup_config WHERE enabled AND next_run_at IS NOT NULL ORDER BY next_run_at LIMIT 50)
        UNION ALL
        (SELECT config_id, coalesce(config_name, database, ''), id, retry_at FROM db_backup_job WHERE retry_at IS NOT NULL ORDER BY retry_at LIMIT 50)
        ORDER BY 4 LIMIT 50;
        """;

    private const string NodesSql = """
        SELECT name, role, labels, version, max_concurrent,
               (SELECT count(*)::int FROM db_backup_job j WHERE j.status = 'RUNNING' AND j.node = n.name AND j.lease_owner = n.instance_id),
               stopping, clock_offset_ms, heartbeat_at > now() - interval '30 seconds', started_at, heartbeat_at
        FROM service_node n ORDER BY name
        """;

    public async Task<BackupDetail?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(DetailSql);
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteScalarAsync(cancellationToken) is string json ? JsonSerializer.Deserialize<BackupDetail>(json, DatabaseJson.Options) : null;
    }

    public async Task<JobBoard> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(BoardSql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var queued = await LinesAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var running = await LinesAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var failed = await LinesAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var scheduled = new List<ScheduledStart>();
        while (await reader.ReadAsync(cancellationToken))
            scheduled.Add(new ScheduledStart(TextOf(reader, 0), reader.GetString(1), TextOf(reader, 2), reader.GetFieldValue<DateTimeOffset>(3)));
        return new JobBoard { Queued = queued, Running = running, Failed = failed, Scheduled = scheduled, Nodes = await ReadNodesAsync(cancellationToken) };
    }

    public async Task<IReadOnlyList<NodeView>> ReadNodesAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(NodesSql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var nodes = new List<NodeView>();
        while (await reader.ReadAsync(cancellationToken))
            nodes.Add(new NodeView(
                reader.GetString(0), reader.GetString(1), Converters.FromJson<string>(reader.GetString(2)), reader.GetString(3), reader.GetInt32(4), reader.GetInt32(5),
                reader.GetBoolean(6), reader.GetInt64(7), reader.GetBoolean(8), reader.GetFieldValue<DateTimeOffset>(9), reader.GetFieldValue<DateTimeOffset>(10)));
        return nodes;
    }

    private static async Task<IReadOnlyList<JobLine>> LinesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var lines = new List<JobLine>();
        while (await reader.ReadAsync(cancellationToken))
            lines.Add(new JobLine(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), TextOf(reader, 5), reader.GetInt64(6), TextOf(reader, 7), TextOf(reader, 8),
                reader.GetFieldValue<DateTimeOffset>(9)));
        return lines;
    }

    private static string? TextOf(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
