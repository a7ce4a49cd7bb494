using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>
/// Makes a call as often as makes sense. The SDK's own retries are off, so that this is the only place that tries again: they would
/// multiply with these, and they know neither a part that arrived damaged nor a server that hangs.
/// </summary>
internal sealed class S3Attempts(S3Options options, S3Failures failures, TimeProvider time)
{
    /// <param name="doing">What is done, for the message: <c>store x</c>.</param>
    /// <param name="patience">How long nothing may move; the options' idle time if null.</param>
    /// <param name="settle">Looks after a failure whether the call did happen all the same; null when there is nothing to look for.</param>
    public async Task<T> RunAsync<T>(
        string doing, Func<IdleWatch, Task<T>> call, CancellationToken cancellationToken, TimeSpan? patience = null, Func<StoreException, Task<T?>>? settle = null)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            StoreException failure;
            using (var watch = new IdleWatch(patience ?? options.IdleTimeout, cancellationToken))
            {
                try
                {
                    return await call(watch);
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    failure = failures.Of(e, doing, watch);
                }
            }
            if (settle is not null && await settle(failure) is { } done) return done;
            if (!failure.IsTransient || attempt >= options.Attempts) throw failure;
            await Task.Delay(Pause(attempt), time, cancellationToken);
        }
    }

    // Half of it by chance: parts that failed together should not come back together.
    private TimeSpan Pause(int attempt)
    {
        var full = Math.Min(options.FirstPause.TotalMilliseconds * Math.Pow(2, attempt - 1), options.LongestPause.TotalMilliseconds);
#pragma warning disable CA5394 // chance, not a secret
        return TimeSpan.FromMilliseconds((full / 2) + (full / 2 * Random.Shared.NextDouble()));
#pragma warning restore CA5394
    }
}
