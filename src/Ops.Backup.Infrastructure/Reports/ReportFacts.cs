using System.Text.Json;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>What a quick look into a report tells.</summary>
/// <param name="Id">The job that it is of; null in a host script's.</param>
internal sealed record ReportFacts(string? Id, bool SaysSuccess)
{
    /// <summary>Null when it is no report, or not a whole one.</summary>
    public static ReportFacts? Of(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var report = JsonDocument.Parse(json);
            if (report.RootElement.ValueKind is not JsonValueKind.Object) return null;
            var id = report.RootElement.TryGetProperty("id", out var text) && text.ValueKind is JsonValueKind.String ? text.GetString() : null;
            return new ReportFacts(id, report.RootElement.TryGetProperty("status", out var status) && status.ValueKind is JsonValueKind.String && status.ValueEquals("SUCCESS"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static ReportFacts? OfFile(string? path) => path is not null && File.Exists(path) ? Of(File.ReadAllBytes(path)) : null;

    public bool IsOf(BackupJob job) => string.Equals(Id, job.Id, StringComparison.Ordinal);
}
