using System.ComponentModel.DataAnnotations;

namespace Ops.Backup.Application.Reports;

/// <summary>The section <c>Reports</c> of the configuration.</summary>
public sealed class ReportOptions
{
    public const string Section = "Reports";

    /// <summary>Folders with reports of host scripts. <c>Backup:ReportFolder</c> is always scanned too.</summary>
    public IList<string> Folders { get; } = [];

    /// <summary>Seconds between scans; changes that the operating system tells of are read at once.</summary>
    [Range(1, 3600)]
    public int ScanSeconds { get; set; } = 30;
}
