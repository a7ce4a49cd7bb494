using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Reports;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>What became of each report file, in <c>report_file</c>. Of several nodes the last to read a file has the word.</summary>
public sealed class ReportFileStore(SqlDatabase database, INodeIdentity node) : IReportErrors
{
    private const string RecordSql = """
        INSERT INTO report_file AS t (path, node, size_bytes, modified_at, sha256, status, code, place, reason, job_id)
        SELECT i.path, $1, i.size_bytes, i.modified_at, i.sha256, CASE WHEN i.code IS NULL THEN 'loaded' ELSE 'error' END, i.code, i.place, i.reason, i.job_id
        FROM unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
            AS i (path, size_bytes, modified_at, sha256, code, place, reason, job_id)
        ORDER BY i.path
        ON CONFLICT (path) DO UPDATE SET node = excluded.node, size_bytes = excluded.size_bytes, modified_at = excluded.modified_at, sha256 = excluded.sha256,
            status = excluded.status, code = excluded.code, place = excluded.place, reason = excluded.reason, job_id = excluded.job_id, seen_at = now()
        WHERE (t.size_bytes, t.modified_at, t.sha256, t.status, t.code, t.place, t.reason, t.job_id)
            IS DISTINCT FROM (excluded.size_bytes, excluded.modified_at, excluded.sha256, excluded.status, excluded.code, excluded.place, excluded.reason, excluded.job_id)
        """;

    public Task RecordAsync(IReadOnlyList<RecordedReport> reports, CancellationToken cancellationToken) => reports.Count == 0
        ? Task.CompletedTask
        : database.ExecuteAsync(
            RecordSql,
            [
                node.Name,
                reports.Select(report => report.File.Path).ToArray(),
                reports.Select(report => report.File.Size).ToArray(),
                reports.Select(report => report.File.ModifiedAt.UtcDateTime).ToArray(),
                reports.Select(report => report.Sha256).ToArray(),
                reports.Select(report => report.Error?.Code).ToArray(),
                reports.Select(report => report.Error?.Place).ToArray(),
                reports.Select(report => report.Error?.Message).ToArray(),
                reports.Select(report => report.JobId).ToArray(),
            ],
            cancellationToken);

    /// <summary>Everything that is recorded, one after the other.</summary>
    public Task ReadAsync(Action<KnownReport> each, CancellationToken cancellationToken) => database.QueryAsync(
        "SELECT path, size_bytes, modified_at, status = 'loaded', node = $1 FROM report_file",
        [node.Name],
        row =>
        {
            each(new KnownReport(row.GetString(0), row.GetInt64(1), new DateTimeOffset(row.GetDateTime(2)), row.GetBoolean(3), row.GetBoolean(4)));
            return default(byte);
        },
        cancellationToken);

    public Task ForgetAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) => paths.Count == 0
        ? Task.CompletedTask
        : database.ExecuteAsync("DELETE FROM report_file WHERE path = ANY ($1)", [paths.ToArray()], cancellationToken);

    public async Task<ReportErrorPage> ListAsync(int page, int pageSize, CancellationToken cancellationToken)
    {
        var items = await database.QueryAsync(
            "SELECT path, node, code, place, reason, size_bytes, modified_at, seen_at FROM report_file WHERE status = 'error' ORDER BY seen_at DESC, path LIMIT $1 OFFSET $2",
            [(long)pageSize, (long)(page - 1) * pageSize],
            row => new ReportError(
                row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4), row.GetInt64(5),
                new DateTimeOffset(row.GetDateTime(6)), new DateTimeOffset(row.GetDateTime(7))),
            cancellationToken);
        var total = await database.QueryAsync("SELECT count(*) FROM report_file WHERE status = 'error'", [], row => row.GetInt64(0), cancellationToken);
        return new ReportErrorPage(items, page, pageSize, total[0]);
    }
}
