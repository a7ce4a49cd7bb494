using System.Text.Json;
using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Statistics;

namespace Ops.Backup.Infrastructure.Persistence;

public sealed class StatisticsQueries(SqlDatabase database) : IStatistics
{
    private const int Points = 31;
    private const int RateDays = 30;

    public Task<StatisticsFacts> ReadAsync(StatisticsSelection selection, CancellationToken cancellationToken) => database.RunAsync(
        async connection =>
        {
            var now = selection.Now.UtcDateTime;
            var today = DateOnly.FromDateTime(now);
            var first = today.AddDays(1 - selection.Days);
            var midnight = first.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
            var since = midnight < now.AddDays(-RateDays) ? midnight : now.AddDays(-RateDays);
            List<object> all = [midnight, now, since, selection.Limit, (selection.Days + Points - 1) / Points];
            if ((selection.ConfigId ?? selection.Database) is { } filter) all.Add(filter);

            var databases = selection.ConfigId is null ? await SubjectsAsync(StatisticsSql.Databases(selection)) : SubjectFacts.None;
            var configs = await SubjectsAsync(StatisticsSql.Configs(selection));
            var days = await SqlDatabase.QueryAsync(connection, StatisticsSql.Days(selection), all, CountsOf, cancellationToken);
            var shown = days.Where(day => day.Shown.Date >= first).ToDictionary(day => day.Shown.Date, day => day.Shown);
            var disk = await SqlDatabase.QueryAsync(
                connection, StatisticsSql.Disk, [now], row => new DiskShare(row.GetString(0), row.GetString(1), row.GetDouble(2)), cancellationToken);
            var undeleted = await SqlDatabase.QueryAsync(connection, StatisticsSql.FailedDeletes(selection), all.Count > 5 ? [all[5]] : [], row => row.GetInt64(0), cancellationToken);
            return new StatisticsFacts(
                databases, configs, [.. Enumerable.Range(0, selection.Days).Select(first.AddDays).Select(date => shown.GetValueOrDefault(date) ?? new DayStatistics(date, 0, 0, 0, 0, 0, null, 0))],
                days.Sum(day => day.Succeeded30), days.Sum(day => day.Failed30), days.Sum(day => day.Missed30), disk.Count == 0 ? null : disk[0], undeleted[0]);

            async Task<SubjectFacts> SubjectsAsync(string sql) => (await SqlDatabase.QueryAsync(
                connection, sql, all, row => JsonSerializer.Deserialize<SubjectFacts>(row.GetString(0), DatabaseJson.Options)!, cancellationToken))[0];
        },
        cancellationToken);

    private static (DayStatistics Shown, long Succeeded30, long Failed30, long Missed30) CountsOf(NpgsqlDataReader row)
    {
        var (skipped, missed) = (row.GetInt64(4), row.GetInt64(5));
        return (
            new DayStatistics(
                row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3) - skipped - missed, skipped, missed, row.IsDBNull(10) ? null : row.GetDouble(10),
                row.GetInt64(11)),
            row.GetInt64(8), row.GetInt64(9), row.GetInt64(12));
    }
}
