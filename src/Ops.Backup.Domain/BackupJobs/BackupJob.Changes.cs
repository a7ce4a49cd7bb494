using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>What may happen to a job, from its start to its deletion.</summary>
public sealed partial class BackupJob
{
    /// <summary>It will not be tried again by itself.</summary>
    /// <returns>False when it would not have been.</returns>
    public bool GiveUpRetry()
    {
        var was = RetryAt is not null;
        RetryAt = null;
        return was;
    }

    /// <summary>Records a scheduled run that never began: CANCELED, with <c>SKIPPED</c> or <c>MISSED</c> and why.</summary>
    public void Record(BackupFailure why, DateTimeOffset now)
    {
        if (Status is not BackupStatus.Pending) throw BackupJobErrors.WrongState(this, "skipped");
        Status = BackupStatus.Canceled;
        Finish(now);
        Error = why.ToString();
        GiveUpCopies(why, now);
    }

    /// <summary>Keeps it from being deleted until then; null takes the hold away.</summary>
    public void PutOnHold(Hold? hold)
    {
        if (!IsFinished) throw BackupJobErrors.WrongState(this, "put on hold");
        if (IsBeingDeleted) throw BackupJobErrors.BeingDeleted(this);
        Hold = hold;
    }

    public void Start(string node, DateTimeOffset now)
    {
        if (Status is not BackupStatus.Pending) throw BackupJobErrors.WrongState(this, "started");
        (Status, Node, StartedAt) = (BackupStatus.Running, node, now);
    }

    /// <summary>Says where the files will lie, before the first is made.</summary>
    public void Plan(ArtifactPlan plan)
    {
        if (Status is not BackupStatus.Running) throw BackupJobErrors.WrongState(this, "planned");
        (BaseName, LogFile, ReportFile) = (plan.BaseName, plan.LogFile, plan.ReportFile);
        foreach (var copy in _copies) copy.Begin(Node!);
    }

    /// <summary>The run is over and at least one store has all of it. It is a SUCCESS when every store has.</summary>
    public void Complete(Artifact artifact, DateTimeOffset now)
    {
        if (Status is not BackupStatus.Running) throw BackupJobErrors.WrongState(this, "completed");
        Files = artifact.Files;
        (SizeBytes, Checksum) = (artifact.Dump.SizeBytes, artifact.Dump.Sha256);
        (ServerVersion, ClientVersion) = (artifact.ServerVersion, artifact.ClientVersion);
        Finish(now);
        Settle(artifact.Copies, now);
    }

    /// <summary>
    /// What stores say of their copies now: after the run, a repair, or a look at what lies there. FAILED with <c>COPY_FAILED</c>
    /// while a copy is missing, SUCCESS when none is. A job that failed otherwise stays so.
    /// </summary>
    public void Settle(IEnumerable<StoredCopy> outcomes, DateTimeOffset now)
    {
        // A copy that is not among them any more was deleted meanwhile.
        foreach (var outcome in outcomes) _copies.Find(copy => string.Equals(copy.StoreId, outcome.StoreId, StringComparison.Ordinal))?.End(outcome, now);
        LocalFile = Good(StoreKind.Local).FirstOrDefault();
        RemoteUrls = [.. Good(StoreKind.Oss, StoreKind.S3, StoreKind.Rclone)];
        if (Status is BackupStatus.Failed && !IsCopyFailure) return;
        var missing = _copies.Where(copy => copy.Status is not (CopyStatus.Completed or CopyStatus.Deleting)).ToList();
        Status = missing.Count == 0 ? BackupStatus.Success : BackupStatus.Failed;
        Error = missing.Count == 0 ? null : BackupJobErrors.CopiesMissing(missing, _copies.Count).ToString();
    }

    /// <summary>A store turned out to have all of it, though no copy there was known.</summary>
    /// <param name="node">The node whose disk it is on; null for a store that every node reaches.</param>
    /// <param name="files">For a run whose report did not list its files.</param>
    /// <returns>False, and nothing changed, when the copy is known by now or its run went wrong.</returns>
    public bool Found(Store store, string? node, StoredCopy copy, IReadOnlyList<ArtifactFile> files, DateTimeOffset now)
    {
        if (!CanHaveCopies || DeleteReason is not null || _copies.Exists(known => string.Equals(known.StoreId, store.Id, StringComparison.Ordinal))) return false;
        // The report may tell of places that are no stores here; they are kept.
        var (local, remote) = (LocalFile, RemoteUrls);
        if (Files.Count == 0) Files = files;
        _copies.Add(BackupCopy.In(Id, store, node));
        Settle([copy], now);
        LocalFile ??= local;
        RemoteUrls = [.. remote.Union(RemoteUrls, StringComparer.Ordinal)];
        return true;
    }

    /// <summary>The copy in a store.</summary>
    /// <exception cref="NotFoundException">The backup does not go there.</exception>
    public BackupCopy Copy(string storeNameOrId) =>
        _copies.Find(copy => string.Equals(copy.StoreId, storeNameOrId, StringComparison.Ordinal))
        ?? _copies.Find(copy => string.Equals(copy.StoreName, storeNameOrId, StringComparison.Ordinal))
        ?? throw BackupJobErrors.NoCopy(this, storeNameOrId);

    public void Fail(BackupFailure failure, DateTimeOffset now)
    {
        if (IsFinished) throw BackupJobErrors.WrongState(this, "failed");
        Status = BackupStatus.Failed;
        Finish(now);
        Error = failure.ToString();
        GiveUpCopies(failure, now);
        PlanRetry(now);
    }

    public void Cancel(DateTimeOffset now)
    {
        if (IsFinished) throw BackupJobErrors.WrongState(this, "cancelled");
        if (IsRunElsewhere) throw BackupJobErrors.RunElsewhere(this);
        Status = BackupStatus.Canceled;
        Finish(now);
        var canceled = new BackupFailure("CANCELED", "Somebody cancelled it.");
        Error = canceled.ToString();
        GiveUpCopies(canceled, now);
    }

    /// <summary>A verification showed that the artifact, though it was stored whole, can't be restored.</summary>
    /// <param name="files">Its files under names that nobody takes for a backup; none when they were removed.</param>
    public void Condemn(BackupFailure failure, IReadOnlyList<ArtifactFile> files, DateTimeOffset now)
    {
        if (Status is not BackupStatus.Success) throw BackupJobErrors.WrongState(this, "condemned");
        Status = BackupStatus.Failed;
        Error = failure.ToString();
        Files = files;
        LocalFile = files.FirstOrDefault(file => file.Role is FileRole.Dump)?.Path;
        RemoteUrls = [];
        GiveUpCopies(failure, now);
        PlanRetry(now);
    }

    public void Reported(DateTimeOffset modifiedAt) => ReportModifiedAt = modifiedAt;

    /// <summary>Somebody deletes it: its files are gone, or go now; the row stays as a record.</summary>
    /// <exception cref="ConflictException">It is not finished, on hold, or being deleted already.</exception>
    public void MarkDeleted(DateTimeOffset now)
    {
        if (!IsFinished) throw BackupJobErrors.NotDeletableYet(this);
        if (Hold is { } hold && hold.Until > now) throw BackupJobErrors.OnHold(this, hold);
        if (IsBeingDeleted) throw BackupJobErrors.BeingDeleted(this);
        (Deleted, DeletedAt, DeleteReason) = (true, now, BackupJobs.DeleteReason.Manual);
    }

    /// <summary>The files of copies whose deletion had begun are gone. When all of it was to go, the last copy takes the backup with it.</summary>
    public void CopiesDeleted(IReadOnlyCollection<string> storeIds, DateTimeOffset now)
    {
        _copies.RemoveAll(copy => copy.Status is CopyStatus.Deleting && storeIds.Contains(copy.StoreId, StringComparer.Ordinal));
        if (IsBeingDeleted && _copies.Count == 0)
        {
            (Deleted, DeletedAt) = (true, now);
            return;
        }
        // Where it was stays told until it is gone: of what is deleted that is the only trace.
        if (IsBeingDeleted) return;
        Mode = Destination.ModeOf(_copies.Select(copy => copy.Kind));
        Settle([], now);
    }

    // A stopped service hands its run over, whoever asked for it: at once, and whatever the rule says of failures.
    private void PlanRetry(DateTimeOffset now)
    {
        if (FailedWith(BackupJobErrors.ServiceStoppedCode)) RetryAt = now;
        else if (Policy.Retries > 0) RetryAt = now.AddSeconds(Policy.RetryDelaySeconds);
    }

    private bool IsCopyFailure => FailedWith(BackupJobErrors.CopyFailedCode);

    private bool FailedWith(string code) => Error?.StartsWith(code + ":", StringComparison.Ordinal) == true;

    private IEnumerable<string> Good(params StoreKind[] kinds) =>
        _copies.Where(copy => copy.Status is CopyStatus.Completed && kinds.Contains(copy.Kind)).Select(copy => copy.Url!);

    private void GiveUpCopies(BackupFailure failure, DateTimeOffset now)
    {
        foreach (var copy in _copies) copy.GiveUp(failure, now);
    }

    // A clock set back during the run must not make an end before the start.
    private void Finish(DateTimeOffset now)
    {
        FinishedAt = now < StartedAt ? StartedAt : now;
        DurationSeconds = (long)Math.Round((FinishedAt.Value - StartedAt).TotalSeconds, MidpointRounding.AwayFromZero);
    }
}
