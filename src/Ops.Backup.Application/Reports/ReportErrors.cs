using System.Globalization;

namespace Ops.Backup.Application.Reports;

/// <summary>How large a report and its parts may be.</summary>
public static class ReportLimits
{
    public const int Bytes = 1 << 20;

    public const int Depth = 32;

    /// <summary>Characters of a database's or host's name. Longer ones would not fit an index.</summary>
    public const int Name = 255;

    public const int Path = 4096;

    /// <summary>Characters of a file's path under a store's root: what a bucket's key may have.</summary>
    public const int FileName = 1024;

    public const int Description = 4000;

    public const int Error = 65536;

    public const int Urls = 1000;

    public const int Files = 10000;

    /// <summary>A clock that says less or more is wrong.</summary>
    public static readonly (int First, int Last) Years = (2000, 2199);
}

/// <summary>Refusals that more than one place can say.</summary>
public static class ReportErrors
{
    public static ReportRejectedException TooLarge() =>
        new("REPORT_TOO_LARGE", null, string.Create(CultureInfo.InvariantCulture, $"A report has at most {ReportLimits.Bytes} bytes."));

    public static ReportRejectedException IsLink() => new("REPORT_IS_LINK", null, "It is a link. A report is a file of its own.");

    public static ReportRejectedException NotAFile() => new("REPORT_NOT_A_FILE", null, "It is not a regular file.");

    public static ReportRejectedException Unreadable(string reason) => new("REPORT_UNREADABLE", null, reason);

    public static ReportRejectedException NameInvalid() => new("REPORT_NAME_INVALID", null, "The file's name is not UTF-8.");

    public static ReportRejectedException OfAnotherRun(string id) =>
        new("REPORT_OF_ANOTHER_RUN", "$.id", $"Backup {id} is of another database, host or port.");

    public static ReportRejectedException RefusedByDatabase(string reason) => new("REPORT_REFUSED", null, $"The database refused it: {reason}");
}
