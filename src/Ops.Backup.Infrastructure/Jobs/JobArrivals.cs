namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Tells this node's workers that a job may be waiting. Another node finds it at its next look, a second later at most.</summary>
public sealed class JobArrivals : IDisposable
{
    private readonly SemaphoreSlim _arrived = new(0, 1);

    public void Announce()
    {
        try
        {
            _arrived.Release();
        }
        catch (SemaphoreFullException)
        {
            // Said already, and not heard yet.
        }
    }

    /// <summary>Returns when a job was announced, or the time is over.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => await _arrived.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _arrived.Dispose();
}
