using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>The series in <c>store_usage</c>. The primary key decides who measures: a node writes its row first, and one only gets in.</summary>
internal sealed class StoreUsage(SqlDatabase database, INodeIdentity node) : IStoreUsage
{
    private const int Points = 1000;

    private const string Begin = """
        INSERT INTO store_usage (store_id, node, measured_at, used_bytes)
        SELECT $1, $2, date_bin('10 minutes', now(), '2000-01-01Z'), coalesce(sum(coalesce(
            (SELECT sum((file ->> 'sizeBytes')::bigint) FROM jsonb_array_elements(j.files) file), c.size_bytes, 0)), 0)::bigint
        FROM backup_copy c JOIN db_backup_job j ON j.id = c.job_id
        WHERE c.store_id = $1 AND c.status = 'completed' AND NOT j.deleted AND ($2 = '' OR c.node IS NULL OR c.node = $2)
        ON CONFLICT DO NOTHING RETURNING measured_at
        """;

    private const string Complete = "UPDATE store_usage SET free_bytes = $4, total_bytes = $5 WHERE store_id = $1 AND node = $2 AND measured_at = $3";

    private const string Thin = """
        DELETE FROM store_usage u WHERE measured_at < now() - interval '400 days' AND EXISTS (
            SELECT 1 FROM store_usage other WHERE other.store_id = u.store_id AND other.node = u.node AND other.measured_at < u.measured_at
              AND other.measured_at >= date_trunc('day', u.measured_at, 'UTC'))
        """;

    private const string Columns = "store_id, nullif(node, ''), measured_at, used_bytes, free_bytes, total_bytes";

    private const string Newest = $"""
        SELECT {Columns} FROM backup_store s CROSS JOIN LATERAL (
            SELECT * FROM store_usage u WHERE u.store_id = s.id AND u.node = CASE s.kind WHEN 'local' THEN $1 ELSE '' END ORDER BY u.measured_at DESC LIMIT 1) newest
        """;

    private const string Read = $"""
        SELECT {Columns} FROM (
            SELECT DISTINCT ON (node, date_bin($4, measured_at, '2000-01-01Z')) * FROM store_usage
            WHERE store_id = $1 AND measured_at >= $2 AND measured_at < $3
            ORDER BY node, date_bin($4, measured_at, '2000-01-01Z'), measured_at DESC) step
        ORDER BY node, measured_at
        """;

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);

    public async Task<DateTimeOffset?> BeginAsync(Store store, CancellationToken cancellationToken)
    {
        try
        {
            var begun = await database.QueryAsync(Begin, [store.Id, NodeOf(store)], row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken);
            return begun.Count == 0 ? null : begun[0];
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ForeignKeyViolation)
        {
            // The store was removed meanwhile.
            return null;
        }
    }

    public Task CompleteAsync(Store store, DateTimeOffset measuredAt, StoreSpace space, CancellationToken cancellationToken) =>
        database.ExecuteAsync(Complete, [store.Id, NodeOf(store), measuredAt.UtcDateTime, space.FreeBytes, space.TotalBytes], cancellationToken);

    public Task ThinAsync(CancellationToken cancellationToken) => database.ExecuteAsync(Thin, [], cancellationToken);

    public async Task<IReadOnlyDictionary<string, StoreMeasure>> NewestAsync(CancellationToken cancellationToken) =>
        (await database.QueryAsync(Newest, [node.Name], row => (Id: row.GetString(0), Measure: MeasureOf(row)), cancellationToken))
            .ToDictionary(row => row.Id, row => row.Measure, StringComparer.Ordinal);

    public Task<IReadOnlyList<StoreMeasure>> ReadAsync(string storeId, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var step = (until - from) / Points;
        return database.QueryAsync(Read, [storeId, from.UtcDateTime, until.UtcDateTime, step > Step ? step : Step], MeasureOf, cancellationToken);
    }

    private string NodeOf(Store store) => store.Kind is StoreKind.Local ? node.Name : "";

    private static StoreMeasure MeasureOf(NpgsqlDataReader row) => new(
        row.IsDBNull(1) ? null : row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetInt64(3), row.IsDBNull(4) ? null : row.GetInt64(4), row.IsDBNull(5) ? null : row.GetInt64(5));
}
