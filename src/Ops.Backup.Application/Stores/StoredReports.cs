using System.Collections.Concurrent;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Stores;

/// <summary>Loads the reports that lie in a store beside their dumps and that the table does not know.</summary>
internal sealed class StoredReports(IArtifactStore files, IReportedRuns runs, IStoreScans scans, TimeProvider time)
{
    // What is in memory at once is at most so many reports.
    private const int BatchSize = 64;
    private const int ReadAtOnce = 8;

    public long Loaded { get; private set; }

    public FirstOf<UnreadableReport> Unreadable { get; } = new();

    public async Task LoadAsync(StoreContents contents, CancellationToken cancellationToken)
    {
        foreach (var names in contents.Names.Where(name => name.EndsWith(".json", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Chunk(BatchSize))
        {
            var read = new ConcurrentDictionary<string, ReportedRun>(StringComparer.Ordinal);
            var refused = new ConcurrentDictionary<string, UnreadableReport>(StringComparer.Ordinal);
            await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = ReadAtOnce, CancellationToken = cancellationToken }, async (name, stop) =>
            {
                try
                {
                    if (await ReadAsync(contents.Find(name)!, stop) is { } run) read[name] = run;
                }
                catch (ReportRejectedException e)
                {
                    refused[name] = new UnreadableReport(name, e.Code, e.Message);
                }
                catch (StoreException e) when (e.Code is StoreCodes.Denied or StoreCodes.Corrupted or StoreCodes.Failed)
                {
                    refused[name] = new UnreadableReport(name, e.Code, e.Message);
                }
            });
            foreach (var name in names) contents.Claim(StoredDump.FileName(name));
            foreach (var run in read.Values) contents.Claim(run);
            await LoadAsync([.. names.Where(read.ContainsKey).Select(name => (name, read[name]))], refused, cancellationToken);
            foreach (var name in names)
                if (refused.TryGetValue(name, out var reason)) Unreadable.Add(reason);
        }
    }

    private async Task LoadAsync(List<(string Name, ReportedRun Run)> read, ConcurrentDictionary<string, UnreadableReport> refused, CancellationToken cancellationToken)
    {
        if (read.Count == 0) return;
        var known = await scans.AreKnownAsync(read.ConvertAll(report => report.Run), cancellationToken);
        // What is known stays as it is: the row may have learned since what this report can't know.
        var news = read.Where((_, index) => !known[index]).ToList();
        if (news.Count == 0) return;
        var outcomes = await runs.LoadAsync(news.ConvertAll(report => report.Run), cancellationToken);
        foreach (var ((name, _), outcome) in news.Zip(outcomes))
        {
            if (outcome.Refusal is { } refusal) refused[name] = new UnreadableReport(name, refusal.Code, refusal.Message);
            else if (outcome.Result is LoadResult.Added or LoadResult.Updated) Loaded++;
        }
    }

    /// <returns>Null when it went away meanwhile.</returns>
    private async Task<ReportedRun?> ReadAsync(StoredObject file, CancellationToken cancellationToken)
    {
        if (file.SizeBytes > ReportLimits.Bytes) throw ReportErrors.TooLarge();
        try
        {
            await using var content = await files.ReadAsync(file.Name, 0, null, cancellationToken);
            // It may have grown; one byte more than is allowed shows that.
            var bytes = new byte[file.SizeBytes is >= 0 ? file.SizeBytes + 1 : ReportLimits.Bytes + 1];
            var length = await content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return ReportParser.Parse(bytes.AsMemory(0, length)) with { ReportModifiedAt = file.ModifiedAt ?? time.GetUtcNow() };
        }
        catch (StoreException e) when (e.Code is StoreCodes.Missing)
        {
            return null;
        }
        catch (IOException e)
        {
            throw ReportErrors.Unreadable(e.Message);
        }
    }
}
