using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>Loads reports in batches. A batch that the server refuses is halved until the one that is to blame stands alone.</summary>
public sealed class ReportedRunStore(SqlDatabase database, TimeProvider time) : IReportedRuns
{
    private const int Attempts = 5;

    public async Task<IReadOnlyList<LoadedRun>> LoadAsync(IReadOnlyList<ReportedRun> runs, CancellationToken cancellationToken)
    {
        var outcomes = new Dictionary<string, LoadedRun>(StringComparer.Ordinal);
        // One statement can't touch a row twice; of several versions of one run the newest counts.
        var newest = runs.GroupBy(Key, StringComparer.Ordinal).Select(versions => versions.MaxBy(run => run.ReportModifiedAt)!).ToList();
        await LoadAsync(newest.FindAll(run => run.Id is not null), ReportedRunSql.LoadOwn, outcomes, cancellationToken);
        var foreign = newest.FindAll(run => run.Id is null);
        await AdoptAsync(foreign, cancellationToken);
        await LoadAsync(foreign, ReportedRunSql.LoadForeign, outcomes, cancellationToken);
        var winners = newest.ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. runs.Select(run => outcomes[Key(run)] is var outcome && (winners.Contains(run) || outcome.Result is not (LoadResult.Added or LoadResult.Updated))
            ? outcome
            : outcome with { Result = LoadResult.Unchanged })];
    }

    private static string Key(ReportedRun run) => run.Id ?? run.RunKey;

    private async Task AdoptAsync(List<ReportedRun> runs, CancellationToken cancellationToken)
    {
        if (runs.Count == 0 || !(await database.QueryAsync(ReportedRunSql.HasAdopted, [], row => row.GetBoolean(0), cancellationToken))[0]) return;
        await HalvingAsync(runs, batch => database.ExecuteAsync(ReportedRunSql.Adopt, Values(batch), cancellationToken), (_, _) => { });
    }

    private Task LoadAsync(List<ReportedRun> runs, string sql, Dictionary<string, LoadedRun> outcomes, CancellationToken cancellationToken) => HalvingAsync(
        runs,
        async batch =>
        {
            var written = await database.QueryAsync(sql, Values(batch), row => (Key: row.GetString(0), Id: row.GetString(1), Added: row.GetBoolean(2)), cancellationToken);
            foreach (var (key, id, added) in written) outcomes[key] = new LoadedRun(added ? LoadResult.Added : LoadResult.Updated, id);
            await LoadCopiesAsync(batch, [.. written.Select(row => row.Id)], cancellationToken);
            if (written.Count < batch.Count) await FindLeftAsync(batch.FindAll(run => !outcomes.ContainsKey(Key(run))), outcomes, cancellationToken);
        },
        (run, refusal) => outcomes[Key(run)] = new LoadedRun(LoadResult.Refused, null, refusal));

    private async Task LoadCopiesAsync(List<ReportedRun> batch, IReadOnlyList<string> written, CancellationToken cancellationToken)
    {
        var ids = written.ToHashSet(StringComparer.Ordinal);
        var copies = batch.FindAll(run => run.Id is not null && ids.Contains(run.Id))
            .SelectMany(run => run.Copies.DistinctBy(copy => copy.Store, StringComparer.Ordinal).Select(copy => (Id: run.Id!, Copy: copy))).ToList();
        if (copies.Count == 0) return;
        await database.ExecuteAsync(
            ReportedRunSql.LoadCopies,
            [
                copies.ConvertAll(row => row.Id).ToArray(), copies.ConvertAll(row => row.Copy.Store).ToArray(), copies.ConvertAll(row => Words.Of(row.Copy.Kind)).ToArray(),
                copies.ConvertAll(row => row.Copy.Node).ToArray(), copies.ConvertAll(row => Words.Of(row.Copy.Status)).ToArray(), copies.ConvertAll(row => row.Copy.Url).ToArray(),
                copies.ConvertAll(row => row.Copy.SizeBytes).ToArray(), copies.ConvertAll(row => row.Copy.Checksum).ToArray(), copies.ConvertAll(row => row.Copy.Error).ToArray(),
            ],
            cancellationToken);
    }

    private async Task FindLeftAsync(List<ReportedRun> runs, Dictionary<string, LoadedRun> outcomes, CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync(
            ReportedRunSql.Left,
            [runs.FindAll(run => run.Id is not null).ConvertAll(run => run.Id!).ToArray(), runs.FindAll(run => run.Id is null).ConvertAll(run => run.RunKey).ToArray()],
            row => (Id: row.GetString(0), RunKey: Text(row, 1), Place: (Text(row, 2), Text(row, 3), Text(row, 4)), Busy: row.GetBoolean(5)),
            cancellationToken);
        foreach (var run in runs)
        {
            var row = rows.FirstOrDefault(row => string.Equals(run.Id is null ? row.RunKey : row.Id, Key(run), StringComparison.Ordinal));
            outcomes[Key(run)] = row switch
            {
                // It was there a moment ago and is gone: the next scan finds what is true then.
                { Id: null } => new LoadedRun(LoadResult.Busy, null),
                _ when run.Id is not null && row.Place != (run.Database, run.Host, run.Port) => new LoadedRun(LoadResult.Refused, null, ReportErrors.OfAnotherRun(run.Id)),
                { Busy: true } => new LoadedRun(LoadResult.Busy, row.Id),
                _ => new LoadedRun(LoadResult.Unchanged, row.Id),
            };
        }
    }

    private static async Task HalvingAsync(List<ReportedRun> runs, Func<List<ReportedRun>, Task> load, Action<ReportedRun, ReportRejectedException> refused)
    {
        if (runs.Count == 0) return;
        try
        {
            await RetryingAsync(() => load(runs));
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            if (runs.Count == 1)
            {
                refused(runs[0], ReportErrors.RefusedByDatabase(e.MessageText));
                return;
            }
            await HalvingAsync(runs.GetRange(0, runs.Count / 2), load, refused);
            await HalvingAsync(runs.GetRange(runs.Count / 2, runs.Count - (runs.Count / 2)), load, refused);
        }
    }

    private static async Task RetryingAsync(Func<Task> load)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await load();
                return;
            }
            catch (PostgresException e) when (attempt < Attempts && e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                // The other one goes first, now we do.
            }
        }
    }

    // Classes 22 (data), 23 (constraints) and 54 (limits): the server answered about the values, not about itself.
    private static bool IsRefusal(PostgresException e) => e.SqlState[..2] is "22" or "23" or "54";

    private object[] Values(List<ReportedRun> batch)
    {
        var now = time.GetUtcNow();
        var jobs = batch.ConvertAll(run => BackupJob.FromReport(run, now));
        return [jobs.ConvertAll(job => job.Id).ToArray(), batch.ConvertAll(run => run.Id is null ? run.RunKey : null).ToArray(), .. ReportColumns.Arrays(jobs)];
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
