using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Retention;

/// <summary>Works off one begun deletion, as far as this node reaches. Files first, then the row: dying in between leaves a row that the next try completes.</summary>
/// <param name="Again">An earlier try failed, or its node died.</param>
public sealed record RemoveBackup(string JobId, bool Again) : IRequest<RemovalOutcome>;

/// <param name="BytesFreed">Of the dumps.</param>
/// <param name="IsDeleted">All of it is gone, and its row marked.</param>
/// <param name="Waits">Something of it is on another node's disk.</param>
/// <param name="Failure">Why something of it could not be deleted.</param>
public sealed record RemovalOutcome(long BytesFreed, bool IsDeleted, bool Waits, BackupFailure? Failure, IReadOnlyList<string> FailedStoreIds);

public sealed partial class RemoveBackupHandler(
    IBackupJobs jobs, IDeletions deletions, ICopyRemoval removal, IReportWriter reports, INodeIdentity node, ILogger<RemoveBackupHandler> logger) : IRequestHandler<RemoveBackup, RemovalOutcome>
{
    private static readonly RemovalOutcome Nothing = new(0, IsDeleted: false, Waits: false, Failure: null, []);

    public async Task<RemovalOutcome> Handle(RemoveBackup request, CancellationToken cancellationToken)
    {
        try
        {
            return await RemoveAsync(await jobs.GetAsync(request.JobId, cancellationToken), request.Again, cancellationToken);
        }
        catch (NotFoundException)
        {
            // Another node was faster.
            return Nothing;
        }
    }

    private async Task<RemovalOutcome> RemoveAsync(BackupJob job, bool again, CancellationToken cancellationToken)
    {
        var (gone, failed, kept, bytes) = (new List<string>(), new List<string>(), 0, 0L);
        BackupFailure? failure = null;
        var mine = job.Copies.Where(copy => copy.Status is CopyStatus.Deleting && removal.Reaches(copy)).ToList();
        foreach (var copy in mine)
        {
            if (again && await IsNeededAsync(job, copy, cancellationToken))
            {
                await deletions.TakeBackAsync(new CopyKey(job.Id, copy.StoreId), cancellationToken);
                LogTakenBack(logger, job.Id, copy.StoreName);
                kept++;
            }
            else if (await removal.RemoveAsync(job, copy, cancellationToken) is { } refusal)
            {
                failure ??= refusal with { Message = $"{copy.StoreName}: {refusal.Message}" };
                failed.Add(copy.StoreId);
            }
            else
            {
                gone.Add(copy.StoreId);
                bytes += copy.SizeBytes ?? 0;
            }
        }
        var waits = job.Copies.Count(copy => copy.Status is CopyStatus.Deleting) > mine.Count;
        if (gone.Count > 0 || kept > 0 || (mine.Count == 0 && !waits)) job = await deletions.EndAsync(job.Id, gone, cancellationToken);
        if (gone.Count > 0) LogDeleted(logger, job.Id, gone.Count, job.Deleted);
        if (failure is not null)
        {
            LogFailed(logger, job.Id, failure);
            await deletions.FailAsync(job.Id, failure, cancellationToken);
        }
        else if (waits) await deletions.HandOverAsync(job.Id, cancellationToken);
        if (!job.Deleted && !job.IsBeingDeleted && gone.Count > 0) await ReportAsync(job, cancellationToken);
        return new RemovalOutcome(bytes, job.Deleted, waits, failure, failed);
    }

    // Between the first try and this one a newer backup may have turned out to be bad.
    private async Task<bool> IsNeededAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken) =>
        job.CanHaveCopies && !await deletions.CanSpareAsync(new CopyKey(job.Id, copy.StoreId), cancellationToken) && await removal.IsWholeAsync(job, copy, cancellationToken);

    // The other copies' reports name the one that is gone; were the table rebuilt from them, it would be missed.
    private async Task ReportAsync(BackupJob job, CancellationToken cancellationToken)
    {
        foreach (var refused in await reports.PutAsync(job, cancellationToken)) LogNotReported(logger, job.Id, refused.Failure);
        if (!string.Equals(job.Node, node.Name, StringComparison.Ordinal)) return;
        try
        {
            reports.Write(job);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotReported(logger, job.Id, new BackupFailure(StoreCodes.Failed, e.Message));
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Retention deleted backup {JobId} from {Stores} stores; whole: {Whole}")]
    private static partial void LogDeleted(ILogger logger, string jobId, int stores, bool whole);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Backup {JobId} could not be deleted: {Failure}")]
    private static partial void LogFailed(ILogger logger, string jobId, BackupFailure failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The deletion of backup {JobId} from {Store} is taken back: the newer ones turned out to be bad")]
    private static partial void LogTakenBack(ILogger logger, string jobId, string store);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A report of backup {JobId} still tells of a copy that is deleted: {Failure}")]
    private static partial void LogNotReported(ILogger logger, string jobId, BackupFailure? failure);
}
