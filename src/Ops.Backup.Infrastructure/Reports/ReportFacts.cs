using System.Text.Json;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>A quick look into a report that this service wrote.</summary>
internal static class ReportFacts
{
    /// <summary>True when the report is there, whole, and says SUCCESS: then the run did succeed, whatever happened to it after.</summary>
    public static bool SaysSuccess(string? path)
    {
        return path is not null && File.Exists(path) && SaysSuccess(File.ReadAllBytes(path));
    }

    public static bool SaysSuccess(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var report = JsonDocument.Parse(json);
            return report.RootElement.TryGetProperty("status", out var status) && status.ValueEquals("SUCCESS");
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
