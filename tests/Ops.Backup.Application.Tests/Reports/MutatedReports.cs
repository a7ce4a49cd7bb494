using System.Text;
using System.Text.Json.Nodes;
using Ops.Backup.Testing;

namespace Ops.Backup.Application.Tests.Reports;

/// <summary>Spoils good reports in every way that we could think of, the same way for the same seed.</summary>
internal static class MutatedReports
{
    private static readonly string[] Odd =
    [
        "null", "true", "[]", "{}", "\"\"", "-1", "0", "1e308", "1e999", "-1e999", "1e-999", "9223372036854775807", "9223372036854775808", "0.1", "\"\\u0000\"", "\"\\ud800\"",
        "\"\\udfff\\ud800\"", "\"SUCCESS\"", "\"FAILED\"", "\"2026-02-30T00:00:00Z\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.9999999+00:00\"", "\"1 minute ago\"",
        "\"\\u202e\"", "[[[[[[]]]]]]", "{\"a\":{\"a\":{\"a\":{}}}}", "\"' OR 1=1; --\"", "\"%s%n\"", "\"../../etc/passwd\"", "NaN", "Infinity", "01", "'x'", "undefined", "/* */ 1",
    ];

    public static byte[] Make(Random random)
    {
        var report = random.Next(2) == 0 ? SampleReports.Success() : SampleReports.Failed();
        for (var i = random.Next(3); i > 0; i--) report[$"x{random.Next(5)}"] = random.Next();
        var bytes = Replace(report, random);
        return random.Next(9) switch
        {
            0 => bytes[..random.Next(bytes.Length)],
            1 => Put(bytes, random, 0),
            2 => Put(bytes, random, (byte)random.Next(256)),
            3 => [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(bytes))],
            4 => [0xEF, 0xBB, 0xBF, .. bytes],
            5 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "[" : "{\"a\":", random.Next(1, 5000))) + Encoding.UTF8.GetString(bytes)),
            6 => [.. bytes, .. bytes],
            7 => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace(",\"", $",{new string(' ', random.Next(100))}\n\"", StringComparison.Ordinal)),
            _ => bytes,
        };
    }

    private static byte[] Put(byte[] bytes, Random random, byte value)
    {
        bytes[random.Next(bytes.Length)] = value;
        return bytes;
    }

    private static byte[] Replace(JsonObject report, Random random)
    {
        var keys = report.Select(pair => pair.Key).ToList();
        var key = keys[random.Next(keys.Count)];
        var parent = report;
        if (report[key] is JsonObject inner && random.Next(3) > 0)
        {
            parent = inner;
            key = inner.ElementAt(random.Next(inner.Count)).Key;
        }
        parent[key] = "@@@";
        if (random.Next(6) == 0) parent.Remove(key);
        return Encoding.UTF8.GetBytes(report.ToJsonString().Replace("\"@@@\"", Odd[random.Next(Odd.Length)], StringComparison.Ordinal));
    }
}
