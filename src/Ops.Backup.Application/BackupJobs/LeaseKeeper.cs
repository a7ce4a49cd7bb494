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

    /// <summary>True from the claim to the last step of a run, also when its lease was lost meanwhile: its files are in use.</summary>
    public bool IsRunningHere(string jobId) => _kept.ContainsKey(jobId);

    public KeptLease Keep(BackupJob job, BackupProgress progress, CancellationToken stopping)
    {
        _kept[job.Id] = true;
        var limit = TimeSpan.FromSeconds(job.Policy.TimeLimitSeconds ?? options.Value.TimeLimitSeconds);
        return new KeptLease(jobs, job.Id, progress, limit, time, logger, () => _kept.TryRemove(job.Id, out _), stopping);
    }
}

/// <summary>
/// One job's lease: a heartbeat every second, and a token that is cancelled when the run must end, for whichever reason.
/// A heartbeat that fails, whatever the error, is no reason before the lease has run out.
/// </summary>
public sealed partial class KeptLease : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    // The rest of the lease is for ending what runs.
    private static readonly TimeSpan Held = Lease.Duration - TimeSpan.FromSeconds(5);
    private readonly IBackupJobs _jobs;
    private readonly string _jobId;
    private readonly BackupProgress _progress;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _run = new();
    private readonly CancellationTokenSource _beating = new();
    private readonly CancellationTokenSource _limit;
    private readonly ITimer _leaseOver;
    private readonly CancellationTokenRegistration _stopping;
    private readonly CancellationTokenRegistration _timedOut;
    private readonly Action _released;
    private readonly Task _loop;
    private int _end;

    internal KeptLease(IBackupJobs jobs, string jobId, BackupProgress progress, TimeSpan limit, TimeProvider time, ILogger logger, Action released, CancellationToken stopping)
    {
        (_jobs, _jobId, _progress, _time, _logger, _released) = (jobs, jobId, progress, time, logger, released);
        TimeLimit = limit;
        _limit = new CancellationTokenSource(limit, time);
        _stopping = stopping.Register(() => EndRun(LeaseEnd.Stopping));
        // By a timer, because a heartbeat may hang as long as the network pleases: before the server gives the job away, this node has left it.
        _leaseOver = time.CreateTimer(_ => EndRun(LeaseEnd.Lost), null, Held, Timeout.InfiniteTimeSpan);
        _timedOut = _limit.Token.Register(() => EndRun(LeaseEnd.TimedOut));
        _loop = Task.Run(BeatAsync, CancellationToken.None);
    }

    /// <summary>What the run may take.</summary>
    public TimeSpan TimeLimit { get; }

    public BackupProgress Progress => _progress;

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
        await _leaseOver.DisposeAsync();
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
        while (!_beating.IsCancellationRequested)
        {
            try
            {
                if (await BeatOnceAsync(_beating.Token) is LeaseState.Lost) return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogUnavailable(_logger, e, _jobId);
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
        var asked = _time.GetTimestamp();
        var state = await _jobs.HeartbeatAsync(_jobId, _progress, cancellationToken);
        if (state is LeaseState.Lost) EndRun(LeaseEnd.Lost);
        if (state is LeaseState.CancelRequested) EndRun(LeaseEnd.CancelRequested);
        // The server counts from when it heard of us, which is no earlier than when we asked.
        var left = Held - _time.GetElapsedTime(asked);
        if (state is LeaseState.Held) _leaseOver.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return state;
    }

    private void EndRun(LeaseEnd reason)
    {
        if (Interlocked.CompareExchange(ref _end, (int)reason, 0) == 0) _run.Cancel();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not take the heartbeat; backup {JobId} goes on while its lease lasts")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string jobId);
}
