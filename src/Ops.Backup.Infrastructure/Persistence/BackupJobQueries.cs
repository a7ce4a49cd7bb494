using System.Text.Json;
using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Persistence;

public sealed class BackupJobQueries(SqlDatabase database) : IBackupCatalogue
{
    public Task<BackupPage> ListAsync(BackupListing listing, CancellationToken cancellationToken) => database.RunAsync(
        async connection =>
        {
            var sql = new ListingSql(listing);
            var withTotal = listing.Total && listing.After is null;
            await using var batch = new NpgsqlBatch(connection);
            // The count first: it has the conditions' parameters only, and the page adds to them.
            if (withTotal) batch.BatchCommands.Add(sql.Count());
            batch.BatchCommands.Add(sql.Page());
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            long? total = null;
            if (withTotal)
            {
                await reader.ReadAsync(cancellationToken);
                total = reader.GetInt64(0);
                await reader.NextResultAsync(cancellationToken);
            }
            var items = new List<BackupListItem>(listing.PageSize + 1);
            while (await reader.ReadAsync(cancellationToken)) items.Add(Item(reader));
            return PageOf(listing, items, total);
        },
        cancellationToken);

    public Task<BackupSummary> SummarizeAsync(int days, DateTimeOffset now, CancellationToken cancellationToken) => database.RunAsync(
        connection => SummarySql.RunAsync(connection, days, now, cancellationToken), cancellationToken);

    private static BackupPage PageOf(BackupListing listing, List<BackupListItem> items, long? total)
    {
        string? next = null;
        if (items.Count > listing.PageSize)
        {
            items.RemoveAt(items.Count - 1);
            next = CursorBehind(items[^1], listing.Sort).ToString();
        }
        var pages = total is null ? null : (total + listing.PageSize - 1) / listing.PageSize;
        return new BackupPage(items, listing.After is null ? listing.Page : null, listing.PageSize, total, pages, next);
    }

    private static BackupCursor CursorBehind(BackupListItem item, BackupSort sort) => new(
        sort,
        sort.Key switch
        {
            BackupSortKey.Size => BackupCursor.ValueOf(item.SizeBytes ?? -1),
            BackupSortKey.Duration => BackupCursor.ValueOf(item.DurationSeconds ?? -1),
            BackupSortKey.Database => item.Database ?? "",
            BackupSortKey.Status => item.Status ?? "",
            _ => BackupCursor.ValueOf(item.StartedAt),
        },
        item.Id);

    private static BackupListItem Item(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        Database = Text(row, 1),
        Host = row.GetString(2),
        Port = row.GetString(3),
        StartedAt = Time(row, 4)!.Value,
        FinishedAt = Time(row, 5),
        DurationSeconds = Number(row, 6),
        Mode = Text(row, 7),
        Type = row.GetString(8),
        Trigger = row.GetString(9),
        Method = row.GetString(10),
        Format = row.GetString(11),
        Compression = row.GetString(12),
        Status = Text(row, 13),
        SizeBytes = Number(row, 14),
        LocalFile = Text(row, 15),
        RemoteUrls = Urls(Text(row, 16)),
        Checksum = Text(row, 17),
        ErrorMessage = Text(row, 18),
        Description = Text(row, 19),
        SourceId = Text(row, 20),
        Node = Text(row, 21),
        Phase = Text(row, 22),
        Proof = Text(row, 23),
        ConfigId = Text(row, 24),
        Config = Text(row, 25),
    };

    // An older platform may have kept something else than a list of texts; it is shown as it is rather than hidden.
    private static List<string> Urls(string? json)
    {
        if (json is null or "[]") return [];
        try
        {
            return JsonSerializer.Deserialize<List<string>>(json) ?? [];
        }
        catch (JsonException)
        {
            return [json];
        }
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column));
}
