using System.Text.Json;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Retention;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Domain.Schedules;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>A config as its table has it: flat, where the aggregate has values that belong together.</summary>
internal sealed class ConfigRow
{
    public string Id { get; set; } = "";

    public string Name { get; set; } = "";

    public string SourceId { get; set; } = "";

    public BackupType Type { get; set; }

    public BackupFormat Format { get; set; }

    public int Jobs { get; set; }

    public string Compression { get; set; } = "";

    public bool IncludeGlobals { get; set; }

    public IReadOnlyList<string> Recipients { get; set; } = [];

    public string? Schedule { get; set; }

    public string TimeZone { get; set; } = "";

    public int JitterSeconds { get; set; }

    public IReadOnlyList<WindowForm> Windows { get; set; } = [];

    public bool RunMissed { get; set; }

    public WhenBusy WhenBusy { get; set; }

    public string? Retention { get; set; }

    public int? TimeLimitSeconds { get; set; }

    public int Retries { get; set; }

    public int RetryDelaySeconds { get; set; }

    public int Priority { get; set; }

    public string? WantedNode { get; set; }

    public string? WantedLabel { get; set; }

    public string? PathTemplate { get; set; }

    public string DescriptionTemplate { get; set; } = "";

    public bool Enabled { get; set; }

    public bool IsConfigured { get; set; }

    public bool WasConfigured { get; set; }

    public DateTimeOffset? NextFor { get; set; }

    public DateTimeOffset? NextRunAt { get; set; }

    public DateTimeOffset? LastRunAt { get; set; }

    public string? LastError { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public List<ConfigStoreRow> Stores { get; set; } = [];

    public static ConfigRow Of(BackupConfig config)
    {
        var (spec, schedule, policy) = (config.Spec, config.Schedule, config.Policy);
        return new ConfigRow
        {
            Id = config.Id,
            Name = config.Name,
            SourceId = config.SourceId,
            Type = spec.Type,
            Format = spec.Format,
            Jobs = spec.Jobs,
            Compression = spec.Compression.ToString(),
            IncludeGlobals = spec.IncludeGlobals,
            Recipients = config.Recipients,
            Schedule = schedule?.Schedule.Text,
            TimeZone = config.TimeZone,
            JitterSeconds = schedule?.JitterSeconds ?? 0,
            Windows = [.. (schedule?.Windows ?? []).Select(WindowForm.Of)],
            RunMissed = schedule?.RunMissed ?? true,
            WhenBusy = schedule?.WhenBusy ?? WhenBusy.Wait,
            Retention = Json(config.Retention),
            TimeLimitSeconds = policy.TimeLimitSeconds,
            Retries = policy.Retries,
            RetryDelaySeconds = policy.RetryDelaySeconds,
            Priority = policy.Priority,
            WantedNode = policy.Node,
            WantedLabel = policy.Label,
            PathTemplate = config.PathTemplate,
            DescriptionTemplate = config.Description.Text,
            Enabled = config.Enabled,
            IsConfigured = config.IsConfigured,
            WasConfigured = config.WasConfigured,
            NextFor = config.Next?.For,
            NextRunAt = config.Next?.At,
            LastRunAt = config.LastRunAt,
            LastError = config.LastError,
            CreatedAt = config.CreatedAt,
            UpdatedAt = config.UpdatedAt,
            Stores = [.. config.Stores.Select(store => new ConfigStoreRow { ConfigId = config.Id, StoreId = store.StoreId, Retention = Json(store.Retention) })],
        };
    }

    public BackupConfig ToConfig()
    {
        var schedule = Schedule is null ? null : new ConfigSchedule(
            Domain.Schedules.Schedule.Parse(Schedule, TimeZone), JitterSeconds, [.. Windows.Select(window => window.Read(TimeZone))], RunMissed, WhenBusy);
        var facts = new ConfigFacts(
            Name, SourceId, new BackupSpec(Type, Format, Jobs, Domain.BackupJobs.Compression.Parse(Compression), IncludeGlobals),
            [.. Stores.Select(store => new ConfigStore(store.StoreId, Rule(store.Retention)))], Recipients, schedule, TimeZone,
            Rule(Retention), new RunPolicy(Priority, TimeLimitSeconds, Retries, RetryDelaySeconds, WantedNode, WantedLabel), PathTemplate,
            Domain.Configs.DescriptionTemplate.Parse(DescriptionTemplate), Enabled);
        var next = NextRunAt is { } at ? new ScheduledTime(NextFor!.Value, at) : null;
        return BackupConfig.Stored(Id, facts, new ConfigState(next, LastRunAt, LastError, IsConfigured, CreatedAt, UpdatedAt, WasConfigured));
    }

    private static string? Json(RetentionRule? rule) => rule is null ? null : JsonSerializer.Serialize(RetentionForm.Of(rule), DatabaseJson.Options);

    private static RetentionRule? Rule(string? json) => json is null ? null : JsonSerializer.Deserialize<RetentionForm>(json, DatabaseJson.Options)!.Read();
}

internal sealed class ConfigStoreRow
{
    public string ConfigId { get; set; } = "";

    public string StoreId { get; set; } = "";

    public string? Retention { get; set; }
}
