using System.Text;
using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Domain;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>
/// The statements of a listing. Their texts are put together from constants only, so there are few of them and the server keeps
/// them prepared; every value is a parameter. Each condition and order is written as its index has it.
/// </summary>
internal sealed class ListingSql
{
    private const string Columns = """
        j.id, j.database, j.host, j.port, j.started_at, j.finished_at, j.duration_sec, j.mode, j.type, j.trigger, j.method, j.format, j.compression, j.status,
        j.size_bytes, j.local_file, j.remote_urls, j.checksum, j.error_msg, j.description, j.source_id, j.node, j.phase,
        (SELECT v.verification_type FROM backup_verification v WHERE v.job_id = j.id AND v.verification_status = 'passed'
         ORDER BY array_position(ARRAY['restore_test', 'integrity_check', 'checksum'], v.verification_type) LIMIT 1),
        j.config_id, j.config_name
        """;

    /// <summary>Doubled as search_text is; see the migration that makes it. What LIKE would read as a pattern is escaped.</summary>
    private const string Contains = """search_text LIKE '%' || regexp_replace(regexp_replace(lower({0}), '(.)', '\1\1', 'g'), '([\\%_])', '\\\1', 'g') || '%'""";

    private readonly StringBuilder _where = new("NOT deleted");
    private readonly List<object> _values = [];
    private readonly BackupListing _listing;
    private readonly string _key;
    private readonly string _direction;

    public ListingSql(BackupListing listing)
    {
        _listing = listing;
        _key = KeyOf(listing.Sort.Key);
        _direction = listing.Sort.Descending ? "DESC" : "ASC";
        AddFilter(listing.Filter);
    }

    public NpgsqlBatchCommand Count() => Command($"SELECT count(*) FROM db_backup_job WHERE {_where}");

    /// <summary>One row more than a page has: whether there is a next page. The ids are found first, in the index alone where it can be.</summary>
    public NpgsqlBatchCommand Page()
    {
        var where = _where.ToString();
        if (_listing.After is { } after)
        {
            object value = _listing.Sort.Key switch
            {
                BackupSortKey.StartedAt => after.Time,
                BackupSortKey.Size or BackupSortKey.Duration => after.Number,
                _ => after.Value,
            };
            where += $" AND ({_key}, id) {(_listing.Sort.Descending ? "<" : ">")} ({Parameter(value)}, {Parameter(after.Id)})";
        }
        var limit = $"LIMIT {Parameter((long)_listing.PageSize + 1)}";
        if (_listing.After is null && _listing.Page > 1) limit += $" OFFSET {Parameter((long)(_listing.Page - 1) * _listing.PageSize)}";
        return Command($"""
            SELECT {Columns}
            FROM (SELECT id FROM db_backup_job WHERE {where} ORDER BY {_key} {_direction}, id {_direction} {limit}) page
            JOIN db_backup_job j ON j.id = page.id
            ORDER BY j.{_key} {_direction}, j.id {_direction}
            """);
    }

    private static string KeyOf(BackupSortKey key) => key switch
    {
        BackupSortKey.Size => "sort_size",
        BackupSortKey.Duration => "sort_duration",
        BackupSortKey.Database => "sort_database",
        BackupSortKey.Status => "sort_status",
        _ => "started_at",
    };

    private void AddFilter(BackupFilter filter)
    {
        And("database = {0}", filter.Database);
        if (filter.Statuses is [var status]) And("status = {0}", Words.Of(status));
        else if (filter.Statuses.Count > 1) And("status = ANY ({0})", filter.Statuses.Select(word => Words.Of(word)).ToArray());
        And("mode = {0}", Word(filter.Mode));
        And("type = {0}", Word(filter.Type));
        And("trigger = {0}", Word(filter.Trigger));
        And("host = {0}", filter.Host);
        And("config_id = (SELECT id FROM backup_config WHERE id = {0} OR name = {0} ORDER BY id = {0} DESC LIMIT 1)", filter.Config);
        // As the partial index has it.
        And("recipients <> '[]' AND recipients @> jsonb_build_array({0}::text)", filter.Recipient);
        And("started_at >= {0}", filter.From?.UtcDateTime);
        And("started_at < {0}", filter.To?.UtcDateTime);
        And("sort_size >= {0}", filter.MinSize ?? (filter.MaxSize is null ? null : 0L));
        And("sort_size <= {0}", filter.MaxSize);
        And(Contains, filter.Text);
    }

    private static string? Word<T>(T? value) where T : struct, Enum => value is { } word ? Words.Of(word) : null;

    private void And(string condition, object? value)
    {
        if (value is not null) _where.Append(" AND ").Append(condition.Replace("{0}", Parameter(value), StringComparison.Ordinal));
    }

    private string Parameter(object value)
    {
        _values.Add(value);
        return $"${_values.Count}";
    }

    private NpgsqlBatchCommand Command(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in _values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
