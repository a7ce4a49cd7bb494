namespace Ops.Backup.Domain.Retention;

/// <summary>Backups by their place, newest first, and what each of them depends on.</summary>
internal sealed class RetentionHistory
{
    public const int None = -1;

    private readonly RetainedBackup[] _backups;

    /// <exception cref="InvalidValueException">An id is there twice.</exception>
    public RetentionHistory(IEnumerable<RetainedBackup> backups)
    {
        _backups = Sorted([.. backups]);
        Parents = ParentsOf(_backups);
    }

    public int Length => _backups.Length;

    public RetainedBackup this[int place] => _backups[place];

    /// <summary>The place of what each depends on; <see cref="None"/> when it depends on nothing that is there.</summary>
    public int[] Parents { get; }

    /// <summary>
    /// Which backups can be restored as far as the history tells: good ones that depend on nothing, or on one that can. A chain that
    /// is broken, or that leads back to itself, can't.
    /// </summary>
    public bool[] Restorable()
    {
        var (known, restorable) = (new bool[Length], new bool[Length]);
        var chain = new Stack<int>();
        for (var start = 0; start < Length; start++)
        {
            // Places on the way are known as not restorable until the end of the chain says better: so a ring ends here.
            var place = start;
            for (; place != None && !known[place]; place = Parents[place])
            {
                known[place] = true;
                chain.Push(place);
            }
            while (chain.TryPop(out var link))
                restorable[link] = _backups[link].Status is RetainedStatus.Good
                    && (Parents[link] == None ? _backups[link].DependsOn is null : restorable[Parents[link]]);
        }
        return restorable;
    }

    // Sorting plain numbers first is several times as fast as comparing a million records.
    private static RetainedBackup[] Sorted(RetainedBackup[] backups)
    {
        Array.Sort(Array.ConvertAll(backups, backup => -backup.StartedAt.UtcTicks), backups);
        for (var from = 0; from < backups.Length;)
        {
            var to = from + 1;
            while (to < backups.Length && backups[to].StartedAt == backups[from].StartedAt) to++;
            if (to - from > 1) Array.Sort(backups, from, to - from, NewestIdFirst);
            from = to;
        }
        return backups;
    }

    private static readonly Comparer<RetainedBackup> NewestIdFirst = Comparer<RetainedBackup>.Create((left, right) => string.CompareOrdinal(right.Id, left.Id));

    private static int[] ParentsOf(RetainedBackup[] backups)
    {
        var places = new Dictionary<string, int>(backups.Length, StringComparer.Ordinal);
        for (var place = 0; place < backups.Length; place++)
            if (!places.TryAdd(backups[place].Id, place)) throw RetentionErrors.Twice(backups[place].Id);
        return Array.ConvertAll(backups, backup => backup.DependsOn is { } id && places.TryGetValue(id, out var place) ? place : None);
    }
}
