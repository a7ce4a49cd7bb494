namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Every refusal of a backup job, in one place.</summary>
public static class BackupJobErrors
{
    /// <summary>The artifact is good where it is, but not every store has it.</summary>
    public const string CopyFailedCode = "COPY_FAILED";

    /// <summary>A host script's word: its local copy is good, but was not uploaded, or that is not confirmed.</summary>
    public const string UploadFailedCode = "UPLOAD_FAILED";

    /// <summary>The service was stopped while it ran; the run is handed over.</summary>
    public const string ServiceStoppedCode = "SERVICE_STOPPED";

    public static BackupFailure Abandoned(BackupJob job) => new(
        "ABANDONED", job.Node is null ? "No end of the run was recorded within a day." : $"Node {job.Node} stopped while it ran the backup.");

    public static BackupFailure CopiesMissing(IReadOnlyList<BackupCopy> missing, int of) => new(
        CopyFailedCode, $"{missing.Count} of {of} copies are missing. {string.Join(" ", missing.Select(copy => $"{copy.StoreName}: {copy.Error ?? "not there yet"}"))}");

    public static NotFoundException NoCopy(BackupJob job, string store) =>
        new("COPY_NOT_FOUND", $"Backup {job.Id} has no copy in a store '{store}'.");

    public static ConflictException NoGoodCopy(BackupJob job) =>
        new("NO_GOOD_COPY", $"Backup {job.Id} has no good copy that can be read from this node, so there is nothing to copy from.", job.Id);

    public static ConflictException NoLink(BackupJob job) =>
        new("NO_LINK", $"No copy of backup {job.Id} is in a store that makes links; download it through the service.", job.Id);

    public static ConflictException NoIdentity(BackupJob job) =>
        new("NO_IDENTITY", $"Backup {job.Id} is encrypted and this service has no secret key that opens it. Download it as it is and decrypt it where the key is.", job.Id);

    public static ConflictException CopyBusy(BackupJob job, BackupCopy copy) =>
        new("COPY_BUSY", $"The copy of backup {job.Id} in {copy.StoreName} is {Words.Of(copy.Status)}; only a failed one is repaired, by one node at a time.", job.Id);

    public static NotFoundException NotFound(string id) =>
        new("BACKUP_NOT_FOUND", $"There is no backup {id}.");

    public static ConflictException AlreadyRunning(string sourceName, string runningId) =>
        new("BACKUP_ALREADY_RUNNING", $"A backup of {sourceName} is already running or queued: {runningId}.", runningId);

    public static ConflictException WrongState(BackupJob job, string wanted) =>
        new("BACKUP_WRONG_STATE", $"Backup {job.Id} is {Words.Of(job.Status)}; it can't be {wanted}.", job.Id);

    public static ConflictException NotDeletableYet(BackupJob job) =>
        new("BACKUP_UNFINISHED", $"Backup {job.Id} is {Words.Of(job.Status)}; {(job.IsRunElsewhere ? "record its end" : "cancel it")} first, then delete it.", job.Id);

    public static ConflictException OnHold(BackupJob job, Hold hold) =>
        new("BACKUP_ON_HOLD", $"Backup {job.Id} is on hold until {hold.Until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}: {hold.Reason}. Take the hold away first.", job.Id);

    public static ConflictException BeingDeleted(BackupJob job) =>
        new("BACKUP_BEING_DELETED", $"Backup {job.Id} is being deleted; some of its files may be gone already.", job.Id);

    public static ConflictException NoArtifact(BackupJob job) =>
        new("BACKUP_HAS_NO_FILE", $"Backup {job.Id} is {Words.Of(job.Status)} and has no file.", job.Id);

    public static ConflictException Elsewhere(BackupJob job) =>
        new("ARTIFACT_ELSEWHERE", $"The file of backup {job.Id} is not under this node's data folder; it was made on {job.Node ?? job.Host} as {job.LocalFile}.", job.Id);

    public static ConflictException ReportedRun(BackupJob job) =>
        new("BACKUP_WAS_REPORTED", $"Backup {job.Id} was run by a host script; run that again on {job.Host}.", job.Id);

    public static ConflictException RunElsewhere(BackupJob job) =>
        new("BACKUP_WAS_REPORTED", $"Backup {job.Id} is run by a script for {job.Host}, which this service can't stop; stop it there.", job.Id);

    public static InvalidValueException EndsBeforeItStarts() =>
        new("FINISHED_BEFORE_STARTED", "finishedAt", "The run ends before it starts.");

    public static InvalidValueException NegativeSize() =>
        new("SIZE_NEGATIVE", "sizeBytes", "A size can't be negative.");
}
