using System.Text.Json;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>A quick look into a report that this service wrote.</summary>
internal static class ReportFacts
{
    /// <summary>True when the report is there, whole, and says SUCCESS: then the run did succeed, whatever happened to it after.</summary>
    public static bool SaysSuccess(string? path)
    {
        try
        {
            if (path is null || !File.Exists(path)) return false;
            using var report = JsonDocument.Parse(File.ReadAllBytes(path));
            return report.RootElement.TryGetProperty("status", out var status) && status.ValueEquals("SUCCESS");
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
