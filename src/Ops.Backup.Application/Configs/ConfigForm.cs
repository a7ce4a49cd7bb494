using Ops.Backup.Application.Retention;

namespace Ops.Backup.Application.Configs;

/// <summary>A config as people write it, by the API or in a file. What is left out has the default that is named here.</summary>
public sealed record ConfigForm
{
    /// <summary>What people call it; unique, at most 100 characters.</summary>
    /// <example>nightly</example>
    public string? Name { get; init; }

    /// <summary>A source's name or id.</summary>
    /// <example>chinook</example>
    public string? Source { get; init; }

    /// <summary>full (default), schema_only or data_only.</summary>
    /// <example>full</example>
    public string? Type { get; init; }

    /// <summary>custom (default), plain, or directory (stored as one tar).</summary>
    /// <example>custom</example>
    public string? Format { get; init; }

    /// <summary>Connections that dump at the same time, 1 (default) to 32; more than one needs the directory format.</summary>
    /// <example>1</example>
    public int? Jobs { get; init; }

    /// <summary>zstd:1 (default) to zstd:19, gzip:0 to gzip:9, or none.</summary>
    /// <example>zstd:1</example>
    public string? Compression { get; init; }

    /// <summary>Roles and tablespaces too; true when left out.</summary>
    /// <example>true</example>
    public bool? IncludeGlobals { get; init; }

    /// <summary>Names or ids, or objects with a retention of their own; the default stores when left out.</summary>
    /// <example>[{"store":"local","retention":{"count":7}}]</example>
    public IReadOnlyList<ConfigStoreForm>? Stores { get; init; }

    /// <summary>Public keys of age to encrypt to, beside those of the stores.</summary>
    /// <example>[]</example>
    public IReadOnlyList<string>? Recipients { get; init; }

    /// <summary>Five cron fields, <c>@daily</c> and the like, or plain words in English or Chinese; left out, it runs by hand only.</summary>
    /// <example>daily 02:00</example>
    public string? Schedule { get; init; }

    /// <summary>An IANA name, for the schedule, the windows, and the days that the retention counts; UTC when left out.</summary>
    /// <example>Asia/Shanghai</example>
    public string? TimeZone { get; init; }

    /// <summary>Starts are spread over so many seconds, always the same for a config; 0 (default) to 86400.</summary>
    /// <example>0</example>
    public int? JitterSeconds { get; init; }

    /// <summary>In which nothing starts; what falls into one starts at its end.</summary>
    /// <example>[]</example>
    public IReadOnlyList<WindowForm>? Windows { get; init; }

    /// <summary>What was missed while no node was there is run once when one is; true when left out.</summary>
    /// <example>true</example>
    public bool? RunMissed { get; init; }

    /// <summary>wait (default) or skip: what a due run does while another of its source is queued or runs.</summary>
    /// <example>wait</example>
    public string? WhenBusy { get; init; }

    /// <summary>What is kept; everything when left out.</summary>
    public RetentionForm? Retention { get; init; }

    /// <summary>Seconds after which a run is stopped; the service's limit when left out.</summary>
    /// <example>3600</example>
    public int? TimeLimitSeconds { get; init; }

    /// <summary>How often a failed run is tried again by itself, 0 (default) to 20.</summary>
    /// <example>2</example>
    public int? Retries { get; init; }

    /// <summary>Before the first retry, 60 when left out; each further one waits twice as long.</summary>
    /// <example>60</example>
    public int? RetryDelaySeconds { get; init; }

    /// <summary>The higher runs first, -100 to 100; 0 when left out.</summary>
    /// <example>0</example>
    public int? Priority { get; init; }

    /// <summary>The only node that may run it.</summary>
    /// <example>null</example>
    public string? Node { get; init; }

    /// <summary>A label that the node must have.</summary>
    /// <example>null</example>
    public string? Label { get; init; }

    /// <summary>Where files lie under each store's root, for example <c>{storage_path}/{backup_type}/{yyyyMMdd_HHmmss}_{config_name}</c>; the default names when left out.</summary>
    /// <example>null</example>
    public string? PathTemplate { get; init; }

    /// <summary>The runs' description, with &lt;name&gt;, &lt;source&gt;, &lt;database&gt;, &lt;type&gt;, &lt;time&gt;.</summary>
    /// <example>自动备份 - &lt;name&gt;</example>
    public string? DescriptionTemplate { get; init; }

    /// <summary>True when left out.</summary>
    /// <example>true</example>
    public bool? Enabled { get; init; }
}
