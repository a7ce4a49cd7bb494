using Npgsql;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>
/// The time of the service's database: nodes whose own clocks differ agree on it, so that what one of them wrote is neither in the
/// future nor too old for another. Timers run by the machine.
/// </summary>
public sealed class DatabaseClock : TimeProvider
{
    // Less than that is the line's delay as often as it is the clock's.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(250);
    private long _ahead;

    /// <summary>By how much this machine's clock is ahead of the database's.</summary>
    public TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - Ahead;

    /// <summary>Asks the database for its time.</summary>
    public async Task MeasureAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var (before, started) = (base.GetUtcNow(), GetTimestamp());
        var theirs = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!);
        var ahead = before + GetElapsedTime(started) / 2 - theirs;
        if ((ahead - Ahead).Duration() > Tolerance) Interlocked.Exchange(ref _ahead, ahead.Ticks);
    }
}
