namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>Cancels an attempt in which no byte moves for a while.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _outer;
    private readonly TimeSpan _limit;

    public IdleWatch(TimeSpan limit, CancellationToken cancellationToken)
    {
        (_limit, _outer) = (limit, cancellationToken);
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Moved();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>It was us who cancelled, not the caller.</summary>
    public bool RanOut => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    public void Moved() => _source.CancelAfter(_limit);

    /// <summary>Nobody waits for bytes just now.</summary>
    public void Rest() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose() => _source.Dispose();
}
