using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>Scans the reports folders at start and every <c>ScanSeconds</c>, and looks at single files as they change.</summary>
public sealed partial class ReportFolderScanner(
    ReportScan scan, IOptions<BackupOptions> backup, IOptions<ReportOptions> options, ILogger<ReportFolderScanner> logger) : BackgroundService
{
    /// <summary>A file is often written in several steps; looking at it after the last is enough.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    // Beyond this a scan of the folder is cheaper, so what does not fit is dropped and a scan is made.
    private const int MaxChanges = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string[] folders = [.. options.Value.Folders.Prepend(backup.Value.ReportFolder).Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)];
        var changes = Channel.CreateBounded<ReportChange>(new BoundedChannelOptions(MaxChanges) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        var watches = new Dictionary<string, ReportFolderWatch?>(StringComparer.Ordinal);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // A folder that was away comes back as another one, which its old watch does not see.
                foreach (var folder in folders.Where(folder => watches.GetValueOrDefault(folder) is null || !Directory.Exists(folder)))
                {
                    watches.GetValueOrDefault(folder)?.Dispose();
                    watches[folder] = ReportFolderWatch.TryStart(folder, changes.Writer);
                }
                await TryAsync(() => scan.RunAsync(folders, stoppingToken), stoppingToken);
                await FollowChangesAsync(changes.Reader, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // stopping
        }
        finally
        {
            foreach (var watch in watches.Values) watch?.Dispose();
        }
    }

    // Until the next scan is due, or events were lost.
    private async Task FollowChangesAsync(ChannelReader<ReportChange> changes, CancellationToken stoppingToken)
    {
        using var due = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        due.CancelAfter(TimeSpan.FromSeconds(options.Value.ScanSeconds));
        try
        {
            while (await changes.WaitToReadAsync(due.Token))
            {
                await Task.Delay(Settle, due.Token);
                var changed = new HashSet<ReportChange>();
                while (changes.TryRead(out var change)) changed.Add(change);
                if (changed.Count >= MaxChanges || changed.Any(change => change.Name is null)) return;
                foreach (var folder in changed.GroupBy(change => change.Folder, change => change.Name!, StringComparer.Ordinal))
                    await TryAsync(() => scan.RunAsync(folder.Key, [.. folder], stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // due
        }
    }

    private async Task TryAsync(Func<Task> work, CancellationToken stoppingToken)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            if (e is DatabaseUnavailableException) LogDatabaseUnavailable(logger);
            else LogFailed(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reports wait to be loaded: the service's database does not answer")]
    private static partial void LogDatabaseUnavailable(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "A scan of the reports folders failed; the next one tries again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
