using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.Configs;

/// <summary>What is backed up automatically: a source, when, where to, and how long it is kept. Without a schedule it runs by hand only.</summary>
public sealed class BackupConfig
{
    private List<ConfigStore> _stores = [];

    private BackupConfig(string id) => Id = id;

    public string Id { get; private set; }

    /// <summary>What people call it; unique.</summary>
    public string Name { get; private set; } = "";

    public string SourceId { get; private set; } = "";

    public BackupSpec Spec { get; private set; } = null!;

    /// <summary>None for the default stores, as they are when it runs.</summary>
    public IReadOnlyList<ConfigStore> Stores => _stores;

    /// <summary>Public keys that its backups are encrypted to, beside those of the stores.</summary>
    public IReadOnlyList<string> Recipients { get; private set; } = [];

    public ConfigSchedule? Schedule { get; private set; }

    /// <summary>The zone of the schedule, and of the days, weeks and months that the retention counts; an IANA name.</summary>
    public string TimeZone { get; private set; } = "UTC";

    /// <summary>Null keeps everything.</summary>
    public RetentionRule? Retention { get; private set; }

    /// <summary>What is kept in which store.</summary>
    public RetentionRules RetentionRules => new(
        Retention, _stores.Where(store => store.Retention is not null).ToDictionary(store => store.StoreId, store => store.Retention!, StringComparer.Ordinal));

    public RunPolicy Policy { get; private set; } = RunPolicy.Default;

    public string? PathTemplate { get; private set; }

    public DescriptionTemplate Description { get; private set; } = DescriptionTemplate.Parse(null);

    public bool Enabled { get; private set; }

    /// <summary>Defined by a file; it can't be changed otherwise.</summary>
    public bool IsConfigured { get; private set; }

    /// <summary>A file defined it once; files may take it over again, which they may not do with a config that people made.</summary>
    public bool WasConfigured { get; private set; }

    /// <summary>The next start; null when it has no schedule or is disabled.</summary>
    public ScheduledTime? Next { get; private set; }

    /// <summary>When its schedule started a run last.</summary>
    public DateTimeOffset? LastRunAt { get; private set; }

    /// <summary><c>CODE: text</c>: why its schedule could not start a run the last time; null when it could.</summary>
    public string? LastError { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>All that a person decided, for a copy of it or a comparison.</summary>
    public ConfigFacts Facts => new(Name, SourceId, Spec, Stores, Recipients, Schedule, TimeZone, Retention, Policy, PathTemplate, Description, Enabled);

    /// <exception cref="InvalidValueException">A part can't be.</exception>
    public static BackupConfig Create(ConfigFacts facts, bool isConfigured, DateTimeOffset now)
    {
        var config = new BackupConfig(Guid.CreateVersion7(now).ToString()) { CreatedAt = now, IsConfigured = isConfigured, WasConfigured = isConfigured, Enabled = facts.Enabled };
        config.Change(facts, now);
        return config;
    }

    /// <summary>A config as it was stored.</summary>
    public static BackupConfig Stored(string id, ConfigFacts facts, ConfigState state)
    {
        var config = new BackupConfig(id) { CreatedAt = state.CreatedAt, IsConfigured = state.IsConfigured, WasConfigured = state.WasConfigured };
        config.Take(facts);
        (config.Next, config.LastRunAt, config.LastError, config.UpdatedAt) = (state.Next, state.LastRunAt, state.LastError, state.UpdatedAt);
        return config;
    }

    /// <summary>A change of anything but the schedule leaves the planned start as it is.</summary>
    /// <exception cref="InvalidValueException">A part can't be.</exception>
    public void Change(ConfigFacts facts, DateTimeOffset now)
    {
        // Told now, not by the first run: a path that leads elsewhere, or an extension that such a dump never has.
        if (facts.PathTemplate is { } path) BackupJobs.PathTemplate.Parse(path).Require(facts.Spec.Format, facts.Spec.Compression);
        var replan = Next is null || !Equals(facts.Schedule, Schedule) || facts.Enabled != Enabled;
        Take(facts);
        UpdatedAt = now;
        if (replan) Plan(now);
    }

    /// <summary>A file says what it is from now on.</summary>
    /// <exception cref="InvalidValueException">A part can't be.</exception>
    public void Define(ConfigFacts facts, DateTimeOffset now)
    {
        Change(facts, now);
        (IsConfigured, WasConfigured) = (true, true);
    }

    /// <summary>No file defines it any more: it stops, and is as if people had made it.</summary>
    public void Release(DateTimeOffset now)
    {
        IsConfigured = false;
        Disable(now);
    }

    /// <summary>Times that passed while it was disabled were not missed.</summary>
    public void Enable(DateTimeOffset now)
    {
        if (Enabled) return;
        (Enabled, UpdatedAt) = (true, now);
        Plan(now);
    }

    public void Disable(DateTimeOffset now) => (Enabled, Next, UpdatedAt) = (false, null, now);

    /// <summary>Where its runs go, of all stores that there are.</summary>
    public IReadOnlyList<Store> StoresAmong(IEnumerable<Store> all) => [.. all.Where(store => _stores.Count == 0
        ? store.IsDefault : _stores.Exists(chosen => string.Equals(chosen.StoreId, store.Id, StringComparison.Ordinal)))];

    /// <summary>A run by hand.</summary>
    public BackupJob RunNow(RunSetting setting, DateTimeOffset now) => JobFor(setting, scheduledFor: null, now);

    /// <summary>Its planned start has come: the runs and records that follow from it. Afterwards the next start is planned.</summary>
    /// <param name="setting">What it runs on.</param>
    /// <param name="busyWith">An unfinished job of its source.</param>
    /// <param name="ownUnfinished">The unfinished job is its own: however it is set, a second does not queue up behind it.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<BackupJob> StartDue(RunSetting setting, string? busyWith, bool ownUnfinished, DateTimeOffset now)
    {
        if (!Enabled || Schedule is null || Next is not { } planned || planned.At > now) return [];
        var due = Schedule.Due(Id, planned, now);
        var started = new List<BackupJob>();
        if (due.Missed > 0) started.Add(Recorded(JobFor(setting, due.FirstMissed, now), ConfigErrors.Missed(due.Missed, due.FirstMissed), now));
        if (due.Run is { } run)
        {
            var job = JobFor(setting, run.For, now);
            var skips = busyWith is not null && (ownUnfinished || Schedule.WhenBusy is WhenBusy.Skip);
            started.Add(skips ? Recorded(job, ConfigErrors.Skipped(setting.Source.Database, busyWith!), now) : job);
        }
        (Next, LastRunAt, LastError) = (due.Next, due.Run is null ? LastRunAt : now, null);
        return started;
    }

    /// <summary>Its planned start came and no run could be made; the next start is planned all the same.</summary>
    public void Stumble(BackupFailure why, DateTimeOffset now)
    {
        LastError = why.ToString();
        Plan(now);
    }

    private static BackupJob Recorded(BackupJob job, BackupFailure why, DateTimeOffset now)
    {
        job.Record(why, now);
        return job;
    }

    private BackupJob JobFor(RunSetting setting, DateTimeOffset? scheduledFor, DateTimeOffset now) => BackupJob.Request(
        setting.Source, Spec, new Destination(setting.Stores, Recipients), Description.Fill(Name, setting.Source.Name, setting.Source.Database, Spec.Type, scheduledFor ?? now), now,
        new ConfigRun(Id, Name, scheduledFor, Policy, PathTemplate));

    private void Take(ConfigFacts facts)
    {
        Name = SourceRules.Text(facts.Name, "name", 100);
        SourceId = facts.SourceId;
        Spec = facts.Spec;
        _stores = [.. facts.Stores.DistinctBy(store => store.StoreId, StringComparer.Ordinal).OrderBy(store => store.StoreId, StringComparer.Ordinal)];
        Recipients = [.. facts.Recipients.Select(AgeRecipient.Parse).Distinct(StringComparer.Ordinal)];
        (Schedule, TimeZone) = (facts.Schedule, Schedules.ZoneClock.Of(facts.TimeZone).Id);
        (Retention, Policy, PathTemplate) = (facts.Retention, facts.Policy, facts.PathTemplate);
        (Description, Enabled) = (facts.Description, facts.Enabled);
    }

    private void Plan(DateTimeOffset now) => Next = Enabled ? Schedule?.NextAfter(Id, now) : null;
}

/// <summary>What a config knows beside what a person decided.</summary>
public sealed record ConfigState(ScheduledTime? Next, DateTimeOffset? LastRunAt, string? LastError, bool IsConfigured, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, bool WasConfigured = false);

/// <summary>What a run of a config meets: its source, and the stores that it goes to.</summary>
public sealed record RunSetting(DatabaseSource Source, IReadOnlyList<Store> Stores);

/// <summary>What a person decides about a config.</summary>
public sealed record ConfigFacts(
    string Name, string SourceId, BackupSpec Spec, IReadOnlyList<ConfigStore> Stores, IReadOnlyList<string> Recipients, ConfigSchedule? Schedule, string TimeZone,
    RetentionRule? Retention, RunPolicy Policy, string? PathTemplate, DescriptionTemplate Description, bool Enabled);
