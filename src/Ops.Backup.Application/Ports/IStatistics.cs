using Ops.Backup.Application.Statistics;

namespace Ops.Backup.Application.Ports;

/// <summary>Counts over many backups, straight from the tables. Deleted ones are not there.</summary>
public interface IStatistics
{
    Task<StatisticsFacts> ReadAsync(StatisticsSelection selection, CancellationToken cancellationToken);
}

/// <param name="Days">With today as the last (UTC).</param>
/// <param name="Limit">How many databases, and how many configs, are listed at most.</param>
/// <param name="Database">Only those of this name; null for all.</param>
/// <param name="ConfigId">Only this config's; null for all.</param>
public sealed record StatisticsSelection(int Days, DateTimeOffset Now, int Limit, string? Database, string? ConfigId);

/// <param name="Disk">The local store that takes the largest share of its disk; null when none was measured in the last day.</param>
/// <param name="FailedDeletes">Backups that were to be deleted and could not be yet.</param>
public sealed record StatisticsFacts(
    SubjectFacts Databases, SubjectFacts Configs, IReadOnlyList<DayStatistics> Series, long Succeeded30Days, long Failed30Days, long Missed30Days, DiskShare? Disk, long FailedDeletes);

/// <param name="Share">Bytes of backups by bytes of the disk.</param>
public sealed record DiskShare(string Store, string Node, double Share);

/// <summary>All databases or all configs: the worst of them, and those that are listed.</summary>
public sealed record SubjectFacts
{
    public static readonly SubjectFacts None = new() { Listed = [] };

    public long Total { get; init; }

    public long WithoutGood { get; init; }

    public string? FirstWithoutGood { get; init; }

    /// <summary>The newest good backup that is the oldest.</summary>
    public string? Oldest { get; init; }

    public long? OldestAgeSeconds { get; init; }

    /// <summary>The one whose size differs most from its predecessors', upwards or downwards.</summary>
    public string? WorstSize { get; init; }

    public double? WorstSizeFactor { get; init; }

    public required IReadOnlyList<SubjectStatistics> Listed { get; init; }
}
