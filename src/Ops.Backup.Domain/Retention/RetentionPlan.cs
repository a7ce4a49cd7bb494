using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Domain.Retention;

/// <summary>
/// Which backups stay and which go, and why. Kept whatever the rule says: the newest good and the newest proven backup, what is on
/// hold, what runs, and everything that a kept one depends on. Backups that begin after <c>now</c> stay and take nobody's place.
/// The order of the input does not matter.
/// </summary>
public sealed class RetentionPlan
{
    private RetentionPlan(IReadOnlyList<RetentionDecision> decisions, IReadOnlyList<RetainedBackup> deletions) => (Decisions, Deletions) = (decisions, deletions);

    /// <summary>One for each backup, newest first.</summary>
    public IReadOnlyList<RetentionDecision> Decisions { get; }

    /// <summary>What goes, oldest first, but never before a backup that depends on it: stopped anywhere, no chain is broken.</summary>
    public IReadOnlyList<RetainedBackup> Deletions { get; }

    /// <param name="rule">What good backups to keep.</param>
    /// <param name="backups">All of one source, and all that they depend on.</param>
    /// <param name="now">The instant that ages count to.</param>
    /// <param name="zoneId">The zone whose days, weeks, months and years count; an IANA name.</param>
    /// <exception cref="InvalidValueException">An id is there twice, or the zone is unknown.</exception>
    public static RetentionPlan Of(RetentionRule rule, IEnumerable<RetainedBackup> backups, DateTimeOffset now, string? zoneId)
    {
        var clock = ZoneClock.Of(zoneId);
        var history = new RetentionHistory(backups);
        var marks = new RetentionMarks(history, rule, now, clock);
        return new RetentionPlan(Decide(history, marks), DeletionOrder(history, marks));
    }

    private static RetentionDecision[] Decide(RetentionHistory history, RetentionMarks marks)
    {
        var decisions = new RetentionDecision[history.Length];
        // Most backups share their reasons, and so their notes.
        var shared = new Dictionary<int, RetentionNote[]>();
        IReadOnlyList<RetentionNote> notKept = [new(RetentionReason.NotKept)], oldFailure = [new(RetentionReason.OldFailure)];
        for (var place = 0; place < decisions.Length; place++)
        {
            var (backup, mark) = (history[place], marks.Of(place));
            if (mark == 0)
            {
                decisions[place] = new RetentionDecision(backup, IsKept: false, backup.Status is RetainedStatus.Failed ? oldFailure : notKept);
                continue;
            }
            if (!shared.TryGetValue(mark, out var notes))
            {
                notes = [.. Reasons(mark).Select(reason => marks.Note(place, reason))];
                if (notes.All(note => note.About is null)) shared[mark] = notes;
            }
            decisions[place] = new RetentionDecision(backup, IsKept: true, notes);
        }
        return decisions;
    }

    private static IEnumerable<RetentionReason> Reasons(int mark) =>
        Enum.GetValues<RetentionReason>().Where(reason => (mark & 1 << (int)reason) != 0);

    private static List<RetainedBackup> DeletionOrder(RetentionHistory history, RetentionMarks marks)
    {
        var (dependents, done, order) = (new int[history.Length], new bool[history.Length], new List<RetainedBackup>());
        for (var place = 0; place < history.Length; place++)
            if (!marks.IsKept(place) && history.Parents[place] is not RetentionHistory.None and var parent) dependents[parent]++;
        for (var oldest = history.Length - 1; oldest >= 0; oldest--)
        {
            // What had to wait for the last of its dependents follows at once.
            for (var place = oldest; place >= oldest && IsFree(place); place = history.Parents[place])
            {
                Delete(place);
                if (history.Parents[place] is not RetentionHistory.None and var parent) dependents[parent]--;
            }
        }
        // What depends on itself in a ring has no right order.
        for (var oldest = history.Length - 1; oldest >= 0; oldest--)
            if (!marks.IsKept(oldest) && !done[oldest]) Delete(oldest);
        return order;

        bool IsFree(int place) => !marks.IsKept(place) && !done[place] && dependents[place] == 0;

        void Delete(int place)
        {
            done[place] = true;
            order.Add(history[place]);
        }
    }
}
