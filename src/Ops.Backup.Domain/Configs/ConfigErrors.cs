namespace Ops.Backup.Domain.Configs;

/// <summary>Every refusal of a config, in one place.</summary>
public static class ConfigErrors
{
    public static NotFoundException NotFound(string nameOrId) => new("CONFIG_NOT_FOUND", $"There is no config '{nameOrId}'.");

    public static ConflictException NameTaken(string name) => new("CONFIG_NAME_TAKEN", $"There is a config named '{name}' already.");

    public static ConflictException Configured(BackupConfig config) =>
        new("CONFIG_CONFIGURED", $"Config {config.Name} is defined by a file; change it there. Enabling, disabling and running it work here.", config.Id);

    public static InvalidValueException WindowsLeaveNothing() => new("WINDOW_INVALID", "windows", "The maintenance windows together leave no time in which anything could start.");

    public static InvalidValueException UnknownPlaceholder(string text) =>
        new("DESCRIPTION_TEMPLATE_INVALID", "descriptionTemplate", $"'{text}' is no placeholder of a description; <name>, <source>, <database>, <type> and <time> are.");

    public static BackupJobs.BackupFailure Skipped(string database, string runningId) =>
        new("SKIPPED", $"Backup {runningId} of {database} was still queued or running at the scheduled time.");

    public static BackupJobs.BackupFailure Missed(int count, DateTimeOffset first) =>
        new("MISSED", $"{count} {(count == 1 ? "run was" : "runs were")} missed from {first.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} on, because no node was there to start {(count == 1 ? "it" : "them")}.");

    public static ConflictException ExportNotPossible(BackupConfig config, string why) => new("EXPORT_NOT_POSSIBLE", $"Config {config.Name} can't be exported: {why}", config.Id);
}
