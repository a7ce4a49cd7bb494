namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>Tries again what may get better by itself, with pauses that grow and are spread by chance.</summary>
internal sealed class OssRetry(OssClientOptions options, TimeProvider time)
{
    /// <exception cref="Application.Ports.StoreException">The last attempt's error.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (var number = 1; ; number++)
        {
            TimeSpan pause;
            try
            {
                return await attempt(cancellationToken);
            }
            catch (OssFailure failure) when (failure.Error.IsTransient && number < options.Attempts)
            {
                pause = Pause(number, failure.RetryAfter);
            }
            catch (OssFailure failure)
            {
                throw failure.Error;
            }
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    // What the server asks for is the least; chance comes on top, or all who were sent away would come back together.
    private TimeSpan Pause(int number, TimeSpan? asked)
    {
        var limit = Math.Min(options.LongestPause.TotalMilliseconds, options.FirstPause.TotalMilliseconds * Math.Pow(2, number - 1));
#pragma warning disable CA5394 // Chance spreads the load; it keeps no secret.
        var chosen = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * limit);
#pragma warning restore CA5394
        return asked is { } least ? chosen + (least < options.LongestRetryAfter ? least : options.LongestRetryAfter) : chosen;
    }
}
