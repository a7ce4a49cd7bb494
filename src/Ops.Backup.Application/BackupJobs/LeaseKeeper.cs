using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

public enum LeaseEnd { None, CancelRequested, Stopping, TimedOut, Lost }

/// <summary>Keeps the leases of the jobs that this node runs.</summary>
public sealed class LeaseKeeper(IBackupJobs jobs, IOptions<BackupOptions> options, TimeProvider time, ILogger<LeaseKeeper> logger)
{
    private readonly ConcurrentDictionary<string, bool> _kept = new(StringComparer.Ordinal);

    public TimeSpan TimeLimit => TimeSpan.FromSeconds(options.Value.TimeLimitSeconds);

    /// <summary>True from the claim to the last step of a run, also when its lease was lost meanwhile: its files are in use.</summary>
    public bool IsRunningHere(string jobId) => _kept.ContainsKey(jobId);

    public KeptLease Keep(string jobId, BackupProgress progress, CancellationToken stopping)
    {
        _kept[jobId] = true;
        return new KeptLease(jobs, jobId, progress, TimeLimit, time, logger, () => _kept.TryRemove(jobId, out _), stopping);
    }
}

/// <summary>
/// One job's lease: a heartbeat every second, and a token that is cancelled when the run must end, for whichever reason.
/// A heartbeat that fails, whatever the error, is no reason before the lease has run out.
/// </summary>
public sealed partial class KeptLease : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private readonly IBackupJobs _jobs;
    private readonly string _jobId;
    private readonly BackupProgress _progress;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _run = new();
    private readonly CancellationTokenSource _beating = new();
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _stopping;
    private readonly CancellationTokenRegistration _timedOut;
    private readonly Action _released;
    private readonly Task _loop;
    private int _end;

    internal KeptLease(IBackupJobs jobs, string jobId, BackupProgress progress, TimeSpan limit, TimeProvider time, ILogger logger, Action released, CancellationToken stopping)
    {
        (_jobs, _jobId, _progress, _time, _logger, _released) = (jobs, jobId, progress, time, logger, released);
        _limit = new CancellationTokenSource(limit, time);
        _stopping = stopping.Register(() => EndRun(LeaseEnd.Stopping));
        _timedOut = _limit.Token.Register(() => EndRun(LeaseEnd.TimedOut));
        _loop = Task.Run(BeatAsync, CancellationToken.None);
    }

    /// <summary>Cancelled when the run must end.</summary>
    public CancellationToken Token => _run.Token;

    /// <summary>Why the token was cancelled; the first reason counts.</summary>
    public LeaseEnd End => (LeaseEnd)Volatile.Read(ref _end);

    /// <summary>Stores the job's end, as often as it takes until the lease would have run out.</summary>
    /// <returns>False when somebody else has finished the job, or the database did not answer: the report then tells.</returns>
    public async Task<bool> SaveLastAsync(BackupJob job)
    {
        for (var giveUp = _time.GetUtcNow() + Lease.Duration; ;)
        {
            try
            {
                return await _jobs.SaveOwnAsync(job, CancellationToken.None);
            }
            catch (DatabaseUnavailableException e)
            {
                LogUnavailable(_logger, e, _jobId);
                if (_time.GetUtcNow() > giveUp) return false;
                await Task.Delay(Beat, _time, CancellationToken.None);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _beating.CancelAsync();
        await _loop;
        await _stopping.DisposeAsync();
        await _timedOut.DisposeAsync();
        _limit.Dispose();
        _beating.Dispose();
        _run.Dispose();
        _released();
    }

    /// <summary>One heartbeat now, so that a wish to cancel that came at the last moment is still heard.</summary>
    public async Task HearAsync()
    {
        try
        {
            await BeatOnceAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            LogUnavailable(_logger, e, _jobId);
        }
    }

    private async Task BeatAsync()
    {
        var heldUntil = _time.GetUtcNow() + Lease.Duration;
        while (!_beating.IsCancellationRequested)
        {
            try
            {
                var now = _time.GetUtcNow();
                if (await BeatOnceAsync(_beating.Token) is LeaseState.Lost) return;
                heldUntil = now + Lease.Duration;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogUnavailable(_logger, e, _jobId);
                if (_time.GetUtcNow() > heldUntil) EndRun(LeaseEnd.Lost);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(Beat, _time, _beating.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<LeaseState> BeatOnceAsync(CancellationToken cancellationToken)
    {
        var state = await _jobs.HeartbeatAsync(_jobId, _progress, cancellationToken);
        if (state is LeaseState.Lost) EndRun(LeaseEnd.Lost);
        if (state is LeaseState.CancelRequested) EndRun(LeaseEnd.CancelRequested);
        return state;
    }

    private void EndRun(LeaseEnd reason)
    {
        if (Interlocked.CompareExchange(ref _end, (int)reason, 0) == 0) _run.Cancel();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not take the heartbeat; backup {JobId} goes on while its lease lasts")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string jobId);
}
