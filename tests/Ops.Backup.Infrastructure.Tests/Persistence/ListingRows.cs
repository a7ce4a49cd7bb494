using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>Random backups with few different values, so that every filter and every tie occurs; in the table and as a plain list.</summary>
internal static class ListingRows
{
    public static readonly DateTimeOffset First = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Texts = ["订单库发布前", "Nightly Release", "100%_sure\\", "ÄRGER über", "a--b", ""];

    public static async Task<IReadOnlyList<BackupListItem>> InsertAsync(TestDatabase database, int count, Random random)
    {
        var rows = Enumerable.Range(0, count).Select(_ => Make(random)).ToList();
        await database.Sql.ExecuteAsync(
            """
            INSERT INTO db_backup_job (id, database, host, started_at, duration_sec, mode, type, trigger, status, size_bytes, local_file, error_msg, description)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[],
                $12::text[], $13::text[])
            """,
            [
                rows.ConvertAll(row => row.Id).ToArray(), rows.ConvertAll(row => row.Database).ToArray(), rows.ConvertAll(row => row.Host).ToArray(),
                rows.ConvertAll(row => row.StartedAt.UtcDateTime).ToArray(), rows.ConvertAll(row => row.DurationSeconds).ToArray(), rows.ConvertAll(row => row.Mode).ToArray(),
                rows.ConvertAll(row => row.Type).ToArray(), rows.ConvertAll(row => row.Trigger).ToArray(), rows.ConvertAll(row => row.Status).ToArray(),
                rows.ConvertAll(row => row.SizeBytes).ToArray(), rows.ConvertAll(row => row.LocalFile).ToArray(), rows.ConvertAll(row => row.ErrorMessage).ToArray(),
                rows.ConvertAll(row => row.Description).ToArray(),
            ],
            CancellationToken.None);
        return rows;
    }

    public static BackupFilter RandomFilter(Random random) => new()
    {
        Database = Maybe(random) ? Pick(random, "orders", "users", "订单", "none") : null,
        Statuses = Maybe(random) ? [.. Enum.GetValues<BackupStatus>().Where(_ => random.Next(2) == 0)] : [],
        Mode = Maybe(random) ? (BackupMode)random.Next(3) : null,
        Type = Maybe(random) ? (BackupType)random.Next(3) : null,
        Trigger = Maybe(random) ? (BackupTrigger)random.Next(3) : null,
        Host = Maybe(random) ? Pick(random, "db1", "db2") : null,
        From = Maybe(random) ? First.AddHours(random.Next(72)) : null,
        To = Maybe(random) ? First.AddHours(random.Next(72)) : null,
        MinSize = Maybe(random) ? random.Next(6) : null,
        MaxSize = Maybe(random) ? random.Next(6) : null,
        Text = Maybe(random) ? Pick(random, "订单", "发布", "nightly", "0%", "%_", "_s", "e\\", "ärger", "--", "dump", "refused", "DUMP_", "re", "zz") : null,
    };

    /// <summary>What the filters mean, said once more as plainly as can be.</summary>
    public static bool Matches(BackupFilter filter, BackupListItem row) =>
        (filter.Database is null || row.Database == filter.Database)
        && (filter.Statuses.Count == 0 || filter.Statuses.Any(status => Words.Of(status) == row.Status))
        && (filter.Mode is not { } mode || Words.Of(mode) == row.Mode)
        && (filter.Type is not { } type || Words.Of(type) == row.Type)
        && (filter.Trigger is not { } trigger || Words.Of(trigger) == row.Trigger)
        && (filter.Host is null || row.Host == filter.Host)
        && (filter.From is null || row.StartedAt >= filter.From)
        && (filter.To is null || row.StartedAt < filter.To)
        && (filter.MinSize is null || row.SizeBytes >= filter.MinSize)
        && (filter.MaxSize is null || row.SizeBytes <= filter.MaxSize)
        && (filter.Text is null || new[] { row.Description, row.LocalFile, row.ErrorMessage }.Any(text => text?.Contains(filter.Text, StringComparison.OrdinalIgnoreCase) == true));

    public static IReadOnlyList<string> Sorted(IEnumerable<BackupListItem> rows, BackupSort sort)
    {
        var ordered = sort.Key switch
        {
            BackupSortKey.Size => rows.OrderBy(row => row.SizeBytes ?? -1).ToList(),
            BackupSortKey.Duration => [.. rows.OrderBy(row => row.DurationSeconds ?? -1)],
            BackupSortKey.Database => [.. rows.OrderBy(row => row.Database ?? "", StringComparer.Ordinal)],
            BackupSortKey.Status => [.. rows.OrderBy(row => row.Status ?? "", StringComparer.Ordinal)],
            _ => rows.OrderBy(row => row.StartedAt).ToList(),
        };
        var ids = ordered.GroupBy(row => Key(row, sort.Key)).SelectMany(ties => ties.Select(row => row.Id).Order(StringComparer.Ordinal)).ToList();
        if (sort.Descending) ids.Reverse();
        return ids;
    }

    private static object Key(BackupListItem row, BackupSortKey key) => key switch
    {
        BackupSortKey.Size => row.SizeBytes ?? -1,
        BackupSortKey.Duration => row.DurationSeconds ?? -1,
        BackupSortKey.Database => row.Database ?? "",
        BackupSortKey.Status => row.Status ?? "",
        _ => row.StartedAt,
    };

    private static BackupListItem Make(Random random) => new()
    {
        Id = new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256))]).ToString(),
        Database = random.Next(10) == 0 ? null : Pick(random, "orders", "users", "订单"),
        Host = Pick(random, "db1", "db2", "db3"),
        Port = "5432",
        StartedAt = First.AddHours(random.Next(72)),
        DurationSeconds = random.Next(4) == 0 ? null : random.Next(5),
        Mode = Pick(random, "local", "oss", "both"),
        Type = Pick(random, "full", "incremental", "schema_only"),
        Trigger = Pick(random, "manual", "automatic", "reported"),
        Method = "pg_dump",
        Format = "custom",
        Compression = "gzip:9",
        Status = Pick(random, "SUCCESS", "FAILED", "CANCELED", "RUNNING"),
        SizeBytes = random.Next(4) == 0 ? null : random.Next(6),
        LocalFile = random.Next(2) == 0 ? null : $"/data/{random.Next(100)}.dump",
        ErrorMessage = random.Next(3) == 0 ? "DUMP_FAILED: connection refused" : null,
        Description = random.Next(3) == 0 ? null : Texts[random.Next(Texts.Length)],
    };

    private static bool Maybe(Random random) => random.Next(4) == 0;

    private static string Pick(Random random, params string[] words) => words[random.Next(words.Length)];
}
