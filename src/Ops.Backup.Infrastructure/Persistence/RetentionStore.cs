using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Retention;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>The few columns that retention goes by, read past the aggregate: along the index of a config's backups, row by row.</summary>
public sealed class RetentionStore(SqlDatabase database) : IRetention
{
    private const string Claim = """
        UPDATE backup_config SET retention_at = now()
        WHERE id = (
            SELECT c.id FROM backup_config c
            WHERE (c.retention_at IS NULL OR c.retention_at <= now() - $1)
              AND (c.retention IS NOT NULL OR EXISTS (SELECT 1 FROM backup_config_store s WHERE s.config_id = c.id AND s.retention IS NOT NULL))
            ORDER BY c.retention_at NULLS FIRST LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
        RETURNING id
        """;

    // A failed run that will be tried again by itself is not over. Both tables are read along their indexes of a config, and in these alone.
    private const string History = """
        SELECT j.id, j.started_at, j.hold_until, c.store_id, coalesce(c.size_bytes, 0),
               CASE WHEN c.store_id IS NOT NULL OR j.status = 'SUCCESS' THEN 0 WHEN j.status IN ('PENDING', 'RUNNING') OR j.retry_at IS NOT NULL THEN 2 ELSE 1 END
        FROM db_backup_job j LEFT JOIN backup_copy c ON c.config_id = $1 AND c.job_id = j.id AND c.status = 'completed' AND j.status IN ('SUCCESS', 'FAILED')
        WHERE j.config_id = $1 AND NOT j.deleted AND j.delete_reason IS NULL
        ORDER BY j.started_at DESC, j.id DESC
        """;

    // The newest of each store is all that counts, and a walk from the newest on meets it soon.
    private const string NewestProven = $"""
        SELECT newest.id FROM unnest($2::text[]) store (id) CROSS JOIN LATERAL (
            SELECT j.id FROM db_backup_job j
            WHERE j.config_id = $1 AND NOT j.deleted AND j.delete_reason IS NULL AND j.status IN ('SUCCESS', 'FAILED') AND j.started_at <= now()
              AND EXISTS (SELECT 1 FROM backup_copy c WHERE c.job_id = j.id AND c.store_id = store.id AND c.status = 'completed')
              AND {RetentionSql.IsProven}
            ORDER BY j.started_at DESC, j.id DESC LIMIT 1) newest
        """;

    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        (await database.QueryAsync("SELECT now()", [], row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken))[0];

    public async Task<string?> ClaimAsync(TimeSpan every, CancellationToken cancellationToken) =>
        await database.QueryAsync(Claim, [every], row => row.GetString(0), cancellationToken) is [var id] ? id : null;

    public Task ReleaseAsync(string configId, CancellationToken cancellationToken) =>
        database.ExecuteAsync("UPDATE backup_config SET retention_at = NULL WHERE id = $1", [configId], cancellationToken);

    public Task<ConfigBackups> ReadAsync(string configId, CancellationToken cancellationToken) => database.RunAsync(
        async connection =>
        {
            var (now, backups, stores) = await HistoryAsync(connection, configId, cancellationToken);
            var proven = await SqlDatabase.QueryAsync(connection, NewestProven, [configId, stores], row => row.GetString(0), cancellationToken);
            foreach (var id in proven.Distinct(StringComparer.Ordinal))
            {
                var place = backups.FindIndex(backup => string.Equals(backup.Id, id, StringComparison.Ordinal));
                if (place >= 0) backups[place] = backups[place] with { IsProven = true };
            }
            return new ConfigBackups(now, backups);
        },
        cancellationToken);

    private static async Task<(DateTimeOffset Now, List<StoredBackup> Backups, string[] StoreIds)> HistoryAsync(NpgsqlConnection connection, string configId, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new NpgsqlBatchCommand("SELECT now()"), new NpgsqlBatchCommand(History) { Parameters = { new NpgsqlParameter { Value = configId } } } },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var now = reader.GetFieldValue<DateTimeOffset>(0);
        await reader.NextResultAsync(cancellationToken);
        var backups = new List<StoredBackup>();
        var stores = new StoreNames();
        while (await reader.ReadAsync(cancellationToken))
        {
            GoodCopy? copy = reader.IsDBNull(3) ? null : new GoodCopy(stores.Of(reader.GetString(3)), reader.GetInt64(4));
            if (copy is not null && backups.Count > 0 && backups[^1].Copies.Count > 0 && string.Equals(backups[^1].Id, reader.GetString(0), StringComparison.Ordinal))
            {
                backups[^1] = backups[^1] with { Copies = [.. backups[^1].Copies, copy.Value] };
                continue;
            }
            backups.Add(new StoredBackup(
                reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), (RetainedStatus)reader.GetInt32(5), IsProven: false,
                reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2), copy is { } one ? [one] : []));
        }
        return (now, backups, stores.All);
    }

    // A million copies are in few stores.
    private sealed class StoreNames
    {
        private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

        public string[] All => [.. _ids.Keys];

        public string Of(string id) => _ids.TryGetValue(id, out var known) ? known : _ids[id] = id;
    }
}
