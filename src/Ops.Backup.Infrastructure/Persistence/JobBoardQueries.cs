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
            SELECT id, database, host, port, source_id AS "sourceId", config_id AS "configId", retry_of AS "retryOf", status, trigger, type, method, format,
                   compression, jobs, include_globals AS "includeGlobals", mode, tool, description, create_time AS "createdAt", started_at AS "startedAt",
                   finished_at AS "finishedAt", duration_sec AS "durationSeconds", size_bytes AS "sizeBytes", local_file AS "localFile",
                   remote_urls AS "remoteUrls", checksum, files, recipients, log_file AS "logFile", report_file AS "reportFile", server_version AS "serverVersion",
                   client_version AS "clientVersion", node, error_msg AS "errorMessage", delete_error AS "deleteError",
                   CASE WHEN hold_until IS NOT NULL THEN jsonb_build_object('reason', hold_reason, 'until', hold_until) END AS hold,
                   CASE status WHEN 'PENDING' THEN 'queued' WHEN 'RUNNING' THEN phase END AS phase,
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
        SELECT {Line}, create_time FROM db_backup_job WHERE status = 'PENDING' AND NOT deleted ORDER BY create_time, id LIMIT 1000;
        SELECT {Line}, started_at FROM db_backup_job WHERE status = 'RUNNING' AND NOT deleted ORDER BY started_at, id LIMIT 1000;
        SELECT {Line}, coalesce(finished_at, started_at) FROM db_backup_job WHERE status = 'FAILED' AND NOT deleted ORDER BY started_at DESC, id DESC LIMIT 50;
        SELECT name, version, max_concurrent,
               (SELECT count(*)::int FROM db_backup_job j WHERE j.status = 'RUNNING' AND j.node = n.name AND j.lease_owner = n.instance_id),
               heartbeat_at > now() - interval '30 seconds', started_at, heartbeat_at
        FROM service_node n ORDER BY name;
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
        var nodes = new List<NodeView>();
        while (await reader.ReadAsync(cancellationToken))
            nodes.Add(new NodeView(
                reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetBoolean(4),
                reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6)));
        return new JobBoard { Queued = queued, Running = running, Failed = failed, Nodes = nodes };
    }

    private static async Task<IReadOnlyList<JobLine>> LinesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var lines = new List<JobLine>();
        while (await reader.ReadAsync(cancellationToken))
            lines.Add(new JobLine(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), Text(5), reader.GetInt64(6), Text(7), Text(8),
                reader.GetFieldValue<DateTimeOffset>(9)));
        return lines;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}
