namespace Ops.Backup.Infrastructure.Stores;

/// <summary>Cancels when for so long nothing moved, or when the caller cancels. A transfer may take hours, but it must move.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _caller;
    private readonly TimeSpan _patience;

    public IdleWatch(TimeSpan patience, CancellationToken caller)
    {
        (_patience, _caller) = (patience, caller);
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Moved();
    }

    public CancellationToken Token => _source.Token;

    public TimeSpan Patience => _patience;

    /// <summary>It was this watch that cancelled, not the caller.</summary>
    public bool RanOut => _source.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>Something moved, so the patience begins anew.</summary>
    public void Moved() => _source.CancelAfter(_patience);

    /// <summary>The same, and what comes next may take another time.</summary>
    public void Moved(TimeSpan patience) => _source.CancelAfter(patience);

    /// <summary>It is not the watched one's turn to move.</summary>
    public void Pause() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose() => _source.Dispose();
}
