using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ops.Backup.Domain.Schedules;

/// <summary>Spreads what is due at one time, so that a hundred backups at 02:00 don't start in one second.</summary>
public static class Jitter
{
    public const int MaxSeconds = 86_400;

    /// <summary>Always the same delay for an id: whole seconds, at least 0 and less than the given number (0 when that is 0).</summary>
    /// <exception cref="InvalidValueException">It is less than 0 or more than a day.</exception>
    public static TimeSpan Of(string id, int withinSeconds)
    {
        if (withinSeconds is < 0 or > MaxSeconds) throw ScheduleErrors.JitterOutOfRange(withinSeconds);
        if (withinSeconds == 0) return TimeSpan.Zero;
        // String.GetHashCode differs from run to run, and ids that differ by their last letter must land far apart.
        var hash = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
        return TimeSpan.FromSeconds((long)(hash % (ulong)withinSeconds));
    }
}
