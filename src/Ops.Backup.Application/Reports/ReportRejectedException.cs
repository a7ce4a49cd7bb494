using Ops.Backup.Domain;

namespace Ops.Backup.Application.Reports;

/// <summary>A report that is not loaded. Nothing of it was stored; docs/report-format.md lists the codes.</summary>
/// <param name="place">Where in the report: a JSON path (<c>$.local.sizeBytes</c>), or <c>line 3, byte 14</c>; null when it is about the whole file.</param>
public sealed class ReportRejectedException(string code, string? place, string reason) : DomainException(code, reason)
{
    public string? Place { get; } = place;
}
