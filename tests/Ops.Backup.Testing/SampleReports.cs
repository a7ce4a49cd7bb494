using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Ops.Backup.Testing;

/// <summary>Reports as a host script writes them.</summary>
public static class SampleReports
{
    public static readonly string Sha256 = new('a', 64);

    public static JsonObject Success(string database = "orders", string startedAt = "2026-11-21T03:00:00Z", string host = "db1") => new()
    {
        ["database"] = database,
        ["host"] = host,
        ["port"] = "5432",
        ["startedAt"] = startedAt,
        ["finishedAt"] = Time(startedAt, 95),
        ["durationSeconds"] = 95,
        ["mode"] = "both",
        ["tool"] = "pg_dump",
        ["status"] = "SUCCESS",
        ["errorMessage"] = null,
        ["local"] = new JsonObject
        {
            ["file"] = $"/data/db-backups/data/{database}_20261121T030000Z_{host}.dump",
            ["globalsFile"] = null,
            ["checksumSha256"] = Sha256,
            ["sizeBytes"] = 1234567,
        },
        ["remote"] = new JsonObject { ["urls"] = new JsonArray($"oss://bucket/postgres/backups/{database}_20261121T030000Z_{host}.dump") },
    };

    public static JsonObject Failed(string database = "orders", string startedAt = "2026-11-21T03:00:00Z", string host = "db1")
    {
        var report = Success(database, startedAt, host);
        report["status"] = "FAILED";
        report["errorMessage"] = "DUMP_FAILED: connection refused";
        report["local"] = new JsonObject { ["file"] = null, ["globalsFile"] = null, ["checksumSha256"] = null, ["sizeBytes"] = null };
        report["remote"] = new JsonObject { ["urls"] = new JsonArray() };
        return report;
    }

    public static byte[] Bytes(this JsonObject report) => Encoding.UTF8.GetBytes(report.ToJsonString());

    private static string Time(string startedAt, int seconds) =>
        DateTimeOffset.Parse(startedAt, CultureInfo.InvariantCulture).AddSeconds(seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
