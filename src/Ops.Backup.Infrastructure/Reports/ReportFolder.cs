using System.IO.Enumeration;
using System.Security.Cryptography;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>A name in a reports folder that is to be a report. Size and time are those of the name itself, not of what a link leads to.</summary>
public sealed record FoundReport(string Path, long Size, DateTimeOffset ModifiedAt, bool IsLink);

/// <summary>A report that was read: the run that it tells of, or why it can't be loaded.</summary>
public sealed record ReadReport(FoundReport File, string? Sha256, ReportedRun? Run, ReportRejectedException? Error);

/// <summary>Reads folders of reports. Needs no database.</summary>
public static class ReportFolder
{
    private static readonly EnumerationOptions OneLevel = new() { RecurseSubdirectories = false, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>Unfinished (<c>.partial</c>) and hidden files are none of our business.</summary>
    public static bool IsReportName(ReadOnlySpan<char> name) => name.EndsWith(".json", StringComparison.Ordinal) && !name.StartsWith('.');

    /// <exception cref="IOException">The folder is not there or can't be read.</exception>
    public static IEnumerable<FoundReport> Find(string folder) => new FileSystemEnumerable<FoundReport>(
        Path.GetFullPath(folder),
        static (ref entry) => new FoundReport(
            entry.ToFullPath(), entry.IsDirectory ? 0 : entry.Length, ReportFile.Stamp(entry.LastWriteTimeUtc), entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
        OneLevel)
    {
        ShouldIncludePredicate = static (ref entry) => IsReportName(entry.FileName),
    };

    /// <returns>Null when there is nothing of that name (any more).</returns>
    public static FoundReport? Find(string folder, string name)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        if (!IsReportName(name) || (!file.Exists && !Directory.Exists(file.FullName) && file.LinkTarget is null)) return null;
        return new FoundReport(file.FullName, file.Exists ? file.Length : 0, ReportFile.Stamp(new DateTimeOffset(file.LastWriteTimeUtc)), file.LinkTarget is not null);
    }

    /// <returns>Null when the file is gone.</returns>
    public static ReadReport? Read(FoundReport found)
    {
        string? hash = null;
        try
        {
            if (found.IsLink) throw ReportErrors.IsLink();
            if (ReportFile.Read(found.Path) is not { } bytes) return null;
            found = found with { Size = bytes.Content.Length, ModifiedAt = bytes.ModifiedAt };
            hash = Convert.ToHexStringLower(SHA256.HashData(bytes.Content.Span));
            var run = ReportParser.Parse(bytes.Content) with { ReportFile = found.Path, ReportModifiedAt = bytes.ModifiedAt };
            return new ReadReport(found, hash, run, null);
        }
        catch (ReportRejectedException e)
        {
            return new ReadReport(found, hash, null, e);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever else one file brings about must not keep the others from being loaded.
            return new ReadReport(found, hash, null, ReportErrors.Unreadable($"Reading it failed unexpectedly ({e.GetType().Name})."));
        }
    }

    /// <summary>Every report of a folder, one after the other.</summary>
    public static IEnumerable<ReadReport> ReadAll(string folder) => Find(folder).Select(Read).OfType<ReadReport>();
}
