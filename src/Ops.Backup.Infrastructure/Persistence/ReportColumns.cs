using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>The columns that a report fills, and how a batch of runs travels to the server: one array a column.</summary>
internal static class ReportColumns
{
    /// <param name="IsContent">Two versions of a report differ when such a column differs.</param>
    private sealed record Column(string Name, string Type, Func<IReadOnlyList<BackupJob>, Array> Values, bool IsContent = true);

    private static readonly Column[] All =
    [
        Text("database", job => job.Database),
        Text("host", job => job.Host),
        Text("port", job => job.Port),
        Time("started_at", job => job.StartedAt),
        Time("finished_at", job => job.FinishedAt),
        Number("duration_sec", job => job.DurationSeconds),
        Text("mode", job => Words.Of(job.Mode)),
        Text("tool", job => job.Tool),
        Text("status", job => Words.Of(job.Status)),
        Text("error_msg", job => job.Error),
        Number("size_bytes", job => job.SizeBytes),
        Text("local_file", job => job.LocalFile),
        Json("remote_urls", job => Converters.ToJson(job.RemoteUrls)),
        Text("checksum", job => job.Checksum),
        Text("trigger", job => Words.Of(job.Trigger)),
        Text("type", job => Words.Of(job.Type)),
        Text("method", job => Words.Of(job.Method)),
        Text("format", job => Words.Of(job.Format)),
        Text("compression", job => job.Compression.ToString()),
        Text("description", job => job.Description),
        Text("server_version", job => job.ServerVersion),
        Text("client_version", job => job.ClientVersion),
        Text("node", job => job.Node),
        Text("log_file", job => job.LogFile),
        Json("files", job => Converters.ToJson(job.Files)),
        Text("base_name", job => job.BaseName),
        Json("recipients", job => Converters.ToJson(job.Recipients)),
        Json("report_extra", job => job.ReportExtra),
        Text("report_file", job => job.ReportFile) with { IsContent = false },
        Time("report_modified_at", job => job.ReportModifiedAt) with { IsContent = false },
    ];

    public static string Names { get; } = Join(column => column.Name);

    /// <summary>The table <c>i (id, run_key, …)</c> of the batch: $1 are the ids, $2 the keys of the runs, the rest the columns.</summary>
    public static string Input { get; } =
        $"unnest($1::text[], $2::text[], {string.Join(", ", All.Select((column, index) => $"${index + 3}::{Transport(column)}[]"))}) AS i (id, run_key, {Names})";

    /// <summary>The input's columns as their types.</summary>
    public static string Values { get; } = Join(column => $"i.{column.Name}::{column.Type}");

    public static string SetFromInput { get; } = Join(column => $"{column.Name} = i.{column.Name}::{column.Type}");

    public static string SetFromExcluded { get; } = Join(column => $"{column.Name} = excluded.{column.Name}");

    public static string Differs { get; } =
        $"({Content("t")}) IS DISTINCT FROM ({Content("excluded")})";

    public static IEnumerable<Array> Arrays(IReadOnlyList<BackupJob> jobs) => All.Select(column => column.Values(jobs));

    private static string Content(string table) => string.Join(", ", All.Where(column => column.IsContent).Select(column => $"{table}.{column.Name}"));

    private static string Join(Func<Column, string> text) => string.Join(", ", All.Select(text));

    // Inside an array a JSON text travels as text.
    private static string Transport(Column column) => column.Type is "jsonb" ? "text" : column.Type;

    private static Column Text(string name, Func<BackupJob, string?> value) => new(name, "text", jobs => jobs.Select(value).ToArray());

    private static Column Json(string name, Func<BackupJob, string?> value) => new(name, "jsonb", jobs => jobs.Select(value).ToArray());

    private static Column Number(string name, Func<BackupJob, long?> value) => new(name, "bigint", jobs => jobs.Select(value).ToArray());

    private static Column Time(string name, Func<BackupJob, DateTimeOffset?> value) =>
        new(name, "timestamptz", jobs => jobs.Select(job => value(job)?.UtcDateTime).ToArray());
}
