using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Application.Configs;

/// <summary>A config as it is shown: as it was written, and what follows from it.</summary>
public sealed record ConfigView
{
    private const int RunsShown = 5;

    /// <example>01999f3a-7c10-7b52-9a41-3d1f0b8e2b00</example>
    public required string Id { get; init; }

    /// <example>01999f3a-7c10-7b52-9a41-3d1f0b8e2a77</example>
    public required string SourceId { get; init; }

    public required ConfigForm Config { get; init; }

    /// <summary>Defined by a file; it can't be changed here.</summary>
    /// <example>false</example>
    public required bool IsConfigured { get; init; }

    /// <summary>The five cron fields that the schedule means.</summary>
    /// <example>0 2 * * *</example>
    public string? Cron { get; init; }

    /// <summary>The schedule in plain words.</summary>
    public ScheduleWordsView? ScheduleText { get; init; }

    /// <summary>The next five starts; none while it is disabled or has no schedule.</summary>
    public required IReadOnlyList<NextRun> NextRuns { get; init; }

    /// <summary>When its schedule started a run last; UTC.</summary>
    /// <example>2026-11-21T18:00:00Z</example>
    public DateTimeOffset? LastRunAt { get; init; }

    /// <summary><c>CODE: text</c>: why its schedule could not start a run the last time.</summary>
    /// <example>null</example>
    public string? LastError { get; init; }

    /// <summary>Its newest backup, whatever became of it.</summary>
    public ConfigBackup? LastBackup { get; init; }

    /// <example>2026-11-21T03:00:00Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <example>2026-11-21T03:00:00Z</example>
    public required DateTimeOffset UpdatedAt { get; init; }

    public static ConfigView Of(BackupConfig config, ConfigForm form, ConfigBackup? newest) => new()
    {
        Id = config.Id,
        SourceId = config.SourceId,
        Config = form,
        IsConfigured = config.IsConfigured,
        Cron = config.Schedule?.Schedule.Cron,
        ScheduleText = config.Schedule is null ? null : ScheduleWordsView.Of(config.Schedule.Schedule),
        NextRuns = RunsOf(config),
        LastRunAt = config.LastRunAt,
        LastError = config.LastError,
        LastBackup = newest,
        CreatedAt = config.CreatedAt,
        UpdatedAt = config.UpdatedAt,
    };

    private static List<NextRun> RunsOf(BackupConfig config)
    {
        var runs = new List<NextRun>();
        for (var next = config.Next; next is not null && runs.Count < RunsShown; next = config.Schedule!.NextAfter(config.Id, next.At)) runs.Add(new NextRun(next.For, next.At));
        return runs;
    }
}

/// <param name="En" example="every day at 02:00 (Asia/Shanghai)">English.</param>
/// <param name="Zh" example="每天 02:00（Asia/Shanghai）">Chinese.</param>
public sealed record ScheduleWordsView(string En, string Zh)
{
    public static ScheduleWordsView Of(Schedule schedule) => new(schedule.Describe(ScheduleLanguage.English), schedule.Describe(ScheduleLanguage.Chinese));
}

/// <param name="For" example="2026-11-21T18:00:00Z">The schedule's time; UTC.</param>
/// <param name="At" example="2026-11-21T18:00:00Z">When it really starts, after jitter and windows; UTC.</param>
public sealed record NextRun(DateTimeOffset For, DateTimeOffset At);

/// <param name="Id" example="0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f">The backup's id.</param>
/// <param name="Status" example="SUCCESS">PENDING, RUNNING, SUCCESS, FAILED or CANCELED.</param>
/// <param name="StartedAt" example="2026-11-21T18:00:00Z">UTC.</param>
/// <param name="FinishedAt" example="2026-11-21T18:00:02Z">UTC.</param>
/// <param name="SizeBytes" example="412345">Of the dump.</param>
/// <param name="ErrorMessage" example="null"><c>CODE: text</c>.</param>
public sealed record ConfigBackup(string Id, string Status, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long? SizeBytes, string? ErrorMessage);
