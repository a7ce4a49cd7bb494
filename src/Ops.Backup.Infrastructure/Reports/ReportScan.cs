using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>
/// Loads what is new in the reports folders. Memory holds two batches, whatever the folders hold: while the server stores one, the
/// next is read. Not for two threads at once.
/// </summary>
public sealed partial class ReportScan(IReportedRuns runs, ReportFileStore files, TimeProvider time, ILogger<ReportScan> logger)
{
    private const int BatchSize = 500;

    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private ReportMemory? _memory;

    /// <summary>Looks through whole folders.</summary>
    public async Task RunAsync(IReadOnlyCollection<string> folders, CancellationToken cancellationToken)
    {
        var memory = await RecallAsync(cancellationToken);
        memory.StartScan();
        var complete = true;
        foreach (var folder in folders)
        {
            try
            {
                await LoadAsync(memory, ReportFolder.Find(folder).Where(memory.HasNews), cancellationToken);
                if (_missing.Remove(folder)) LogFolderIsBack(logger, folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                complete = false;
                if (_missing.Add(folder)) LogFolderMissing(logger, folder, e.Message);
            }
        }
        // A folder that can't be read now has not lost its files.
        if (complete && memory.AnyVanished) await ForgetAsync(memory, cancellationToken);
    }

    /// <summary>Looks at single files that changed.</summary>
    public async Task RunAsync(string folder, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var memory = await RecallAsync(cancellationToken);
        await LoadAsync(memory, names.Select(name => ReportFolder.Find(folder, name)).OfType<FoundReport>().Where(memory.HasNews), cancellationToken);
    }

    private async Task<ReportMemory> RecallAsync(CancellationToken cancellationToken)
    {
        if (_memory is not null) return _memory;
        var memory = new ReportMemory();
        await files.ReadAsync(memory.Recall, cancellationToken);
        return _memory = memory;
    }

    private async Task LoadAsync(ReportMemory memory, IEnumerable<FoundReport> found, CancellationToken cancellationToken)
    {
        var storing = Task.CompletedTask;
        try
        {
            foreach (var batch in found.Chunk(BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var reports = batch.Select(ReportFolder.Read).OfType<ReadReport>().ToList();
                await storing;
                storing = StoreAsync(memory, reports, cancellationToken);
            }
        }
        finally
        {
            await storing;
        }
    }

    private async Task StoreAsync(ReportMemory memory, List<ReadReport> reports, CancellationToken cancellationToken)
    {
        var readable = reports.FindAll(report => report.Run is not null);
        var loaded = await runs.LoadAsync(readable.ConvertAll(report => report.Run!), cancellationToken);
        var outcomes = readable.Zip(loaded).ToDictionary(pair => pair.First, pair => pair.Second, (IEqualityComparer<ReadReport>)ReferenceEqualityComparer.Instance);
        var recorded = new List<RecordedReport>();
        foreach (var report in reports)
        {
            var outcome = outcomes.GetValueOrDefault(report);
            // The job still runs: what its report says is looked at again in the next scan.
            if (outcome?.Result is LoadResult.Busy) continue;
            recorded.Add(new RecordedReport(report.File, report.Sha256, report.Error ?? outcome?.Refusal, outcome?.JobId));
            if (recorded[^1].Error is { } error) LogRejected(logger, report.File.Path, error.Code, error.Place, error.Message);
        }
        await files.RecordAsync(recorded, cancellationToken);
        var now = time.GetUtcNow();
        foreach (var report in recorded) memory.Remember(report.File, now);
    }

    private async Task ForgetAsync(ReportMemory memory, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        await files.ReadAsync(report => { if (memory.HasVanished(report.Path)) paths.Add(report.Path); }, cancellationToken);
        await files.ForgetAsync(paths, cancellationToken);
        memory.ForgetVanished();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reports folder {Folder} can't be read: {Reason} It is tried again with every scan")]
    private static partial void LogFolderMissing(ILogger logger, string folder, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The reports folder {Folder} can be read again")]
    private static partial void LogFolderIsBack(ILogger logger, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The report {Path} was not loaded: {Code} at {Place}: {Reason}")]
    private static partial void LogRejected(ILogger logger, string path, string code, string? place, string reason);
}
