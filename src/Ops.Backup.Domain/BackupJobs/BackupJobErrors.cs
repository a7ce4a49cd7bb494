namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Every refusal of a backup job, in one place.</summary>
public static class BackupJobErrors
{
    public static NotFoundException NotFound(string id) =>
        new("BACKUP_NOT_FOUND", $"There is no backup {id}.");

    public static ConflictException AlreadyRunning(string sourceName, string runningId) =>
        new("BACKUP_ALREADY_RUNNING", $"A backup of {sourceName} is already running or queued: {runningId}.", runningId);

    public static ConflictException WrongState(BackupJob job, string wanted) =>
        new("BACKUP_WRONG_STATE", $"Backup {job.Id} is {Words.Of(job.Status)}; it can't be {wanted}.", job.Id);

    public static ConflictException NotDeletableYet(BackupJob job) =>
        new("BACKUP_UNFINISHED", $"Backup {job.Id} is {Words.Of(job.Status)}; cancel it first, then delete it.", job.Id);

    public static ConflictException NoArtifact(BackupJob job) =>
        new("BACKUP_HAS_NO_FILE", $"Backup {job.Id} is {Words.Of(job.Status)} and has no file.", job.Id);

    public static ConflictException Elsewhere(BackupJob job) =>
        new("ARTIFACT_ELSEWHERE", $"The file of backup {job.Id} is not under this node's data folder; it was made on {job.Node ?? job.Host} as {job.LocalFile}.", job.Id);

    public static ConflictException ReportedRun(BackupJob job) =>
        new("BACKUP_WAS_REPORTED", $"Backup {job.Id} was run by a host script; run that again on {job.Host}.", job.Id);

    public static InvalidValueException EndsBeforeItStarts() =>
        new("FINISHED_BEFORE_STARTED", "finishedAt", "The run ends before it starts.");

    public static InvalidValueException NegativeSize() =>
        new("SIZE_NEGATIVE", "sizeBytes", "A size can't be negative.");
}
