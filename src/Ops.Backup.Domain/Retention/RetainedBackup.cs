namespace Ops.Backup.Domain.Retention;

/// <summary>What a backup is worth to retention: <c>good</c> when something of it can be restored, whatever became of its other copies.</summary>
public enum RetainedStatus { Good, Failed, Running }

/// <summary>A backup as retention sees it.</summary>
/// <param name="Id">Unique in one plan.</param>
/// <param name="StartedAt">The order of backups, and the age of one; equal times are ordered by id.</param>
/// <param name="Status">An abandoned run is a failed one.</param>
/// <param name="IsProven">It was read as a restore reads it, or, where it is encrypted and nothing here opens it, its bytes were compared.</param>
/// <param name="HoldUntil">It must not be deleted before.</param>
/// <param name="DependsOn">The backup without which it can't be restored.</param>
public record RetainedBackup(
    string Id, DateTimeOffset StartedAt, RetainedStatus Status, bool IsProven = false, DateTimeOffset? HoldUntil = null, string? DependsOn = null);
