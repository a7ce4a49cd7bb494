using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Ops.Backup.Api.BackupJobs;
using Ops.Backup.Application;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Bench;

/// <summary>Each filter over HTTP beside the same SQL by a prepared statement: page 1, a deep page, and a deep place by cursor.</summary>
internal static class ListingBench
{
    private const int PageSize = 20;
    private const int DeepPage = 10_000;

    public static async Task<int> RunAsync(int rows)
    {
        await using var database = await BenchDatabase.StartAsync();
        await database.ExecuteAsync(ListingCases.Rows(rows));
        await database.ExecuteAsync("VACUUM ANALYZE db_backup_job");
        await using var app = await ServeAsync(database);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await using var connection = await database.DataSource.OpenConnectionAsync();

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows, {PageSize} a page; milliseconds, p50 / p99.\n"));
        Console.WriteLine("| query | page | HTTP | same SQL, prepared | HTTP p50 − SQL p50 |\n|---|---|---|---|---|");
        foreach (var (name, query, filter) in ListingCases.Filters)
        {
            var total = (await AskAsync(http, $"/api/backups?pageSize={PageSize}&{query}")).GetProperty("total").GetInt64();
            await CompareAsync(name, "1", $"{query}&total=false", new BackupListing { Filter = filter, Total = false });
            if (query.Length == 0) await CompareAsync(name, "1, with total", query, new BackupListing { Filter = filter });
            var page = (int)Math.Min(DeepPage, (total + PageSize - 1) / PageSize);
            if (page > 1) await CompareAsync(name, page.ToString("N0", CultureInfo.InvariantCulture), $"{query}&total=false&page={page}", new BackupListing { Filter = filter, Total = false, Page = page });
        }
        foreach (var sort in BackupSort.All)
        {
            var at = await AskAsync(http, $"/api/backups?pageSize={PageSize}&sort={sort}&total=false&page={DeepPage}");
            var next = at.GetProperty("next").GetString()!;
            await CompareAsync($"sort={sort}", "1", $"sort={sort}&total=false", new BackupListing { Sort = sort, Total = false });
            await CompareAsync($"sort={sort}", $"{DeepPage + 1:N0} by cursor", $"sort={sort}&after={next}", new BackupListing { Sort = sort, Total = false, After = BackupCursor.Parse(next, sort) });
        }
        var (summary, _) = await Timing.CompareAsync(20, () => http.GetByteArrayAsync("/api/backups/summary"), () => Task.CompletedTask);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| summary | | {summary.P50:0.0} / {summary.P99:0.0} | | |"));
        return 0;

        async Task CompareAsync(string name, string page, string query, BackupListing listing)
        {
            var sql = new ListingSql(listing with { PageSize = PageSize });
            await using var batch = new NpgsqlBatch(connection);
            if (listing.Total) batch.BatchCommands.Add(sql.Count());
            batch.BatchCommands.Add(sql.Page());
            await batch.PrepareAsync();
            var deep = listing.Page > 1 || listing.Total;
            var (overHttp, bare) = await Timing.CompareAsync(
                deep ? 40 : 300, () => http.GetByteArrayAsync($"/api/backups?pageSize={PageSize}&{query.TrimStart('&')}"), () => ReadAsync(batch));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {page} | {overHttp.P50:0.00} / {overHttp.P99:0.00} | {bare.P50:0.00} / {bare.P99:0.00} | {overHttp.P50 - bare.P50:0.00} |"));
        }
    }

    private static async Task ReadAsync(NpgsqlBatch batch)
    {
        await using var reader = await batch.ExecuteReaderAsync();
        do
        {
            while (await reader.ReadAsync()) { /* every row has to arrive */ }
        }
        while (await reader.NextResultAsync());
    }

    private static async Task<JsonElement> AskAsync(HttpClient http, string path) => JsonElement.Parse(await http.GetByteArrayAsync(path));

    private static async Task<WebApplication> ServeAsync(BenchDatabase database)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddApplication();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IBackupCatalogue>(new BackupJobQueries(database.Sql));
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower)));
        var app = builder.Build();
        app.MapBackupListing();
        await app.StartAsync();
        return app;
    }
}
