using Ops.Backup.Domain;

namespace Ops.Backup.Application.Retention;

/// <summary>Ages are told by the database's clock. Where the machine's own differs much from it one of them is wrong, and nobody knows which: an age rule with a clock far ahead deletes nearly everything.</summary>
public static class RetentionClock
{
    /// <summary>Names the machine's own clock among the services; every other part goes by the database's.</summary>
    public const string Machine = "machine";

    public static readonly TimeSpan Tolerance = TimeSpan.FromHours(1);

    public static bool Agrees(DateTimeOffset database, DateTimeOffset node) => (database - node).Duration() <= Tolerance;

    /// <exception cref="ConflictException">The clocks differ by more than an hour.</exception>
    public static void Check(DateTimeOffset database, DateTimeOffset node)
    {
        if (!Agrees(database, node))
            throw new ConflictException("CLOCKS_DIFFER", $"This node's clock says {node.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, the database's {database.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}; nothing is deleted until they agree.");
    }
}
