namespace Ops.Backup.Domain.BackupJobs;

/// <summary>What a config adds to a run that it asks for.</summary>
/// <param name="ScheduledFor">The time of its schedule; null when a person runs it by hand.</param>
/// <param name="PathTemplate">Null for the default names.</param>
public sealed record ConfigRun(string ConfigId, string ConfigName, DateTimeOffset? ScheduledFor, RunPolicy Policy, string? PathTemplate);
