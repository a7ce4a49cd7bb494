using System.Threading.Channels;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>
/// Tells of changed names in a folder as the operating system sees them. Only a help: it sees nothing of a network share's other
/// hosts, may lose events, and may not be available at all.
/// </summary>
internal sealed class ReportFolderWatch : IDisposable
{
    private readonly FileSystemWatcher _watcher;

    private ReportFolderWatch(string folder, ChannelWriter<ReportChange> changes)
    {
        _watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        _watcher.Created += (_, e) => Tell(e.Name);
        _watcher.Changed += (_, e) => Tell(e.Name);
        _watcher.Renamed += (_, e) => Tell(e.Name);
        _watcher.Error += (_, _) => changes.TryWrite(new ReportChange(folder, null));
        _watcher.EnableRaisingEvents = true;

        void Tell(string? name)
        {
            if (name is not null && ReportFolder.IsReportName(name)) changes.TryWrite(new ReportChange(folder, name));
        }
    }

    /// <returns>Null where it can't be watched: no such folder yet, or no watches left.</returns>
    public static ReportFolderWatch? TryStart(string folder, ChannelWriter<ReportChange> changes)
    {
        try
        {
            return Directory.Exists(folder) ? new ReportFolderWatch(folder, changes) : null;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => _watcher.Dispose();
}

/// <param name="Name">Null when events were lost.</param>
internal sealed record ReportChange(string Folder, string? Name);
