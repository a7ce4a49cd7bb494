namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Who wanted a backup to go: a person, or the rule of its config.</summary>
public enum DeleteReason { Manual, Retention }
