using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>
/// One run: <c>PENDING → RUNNING → SUCCESS | FAILED | CANCELED</c>. Its methods are the only way to change it, and refuse what the
/// present state does not allow. All times are UTC.
/// </summary>
public sealed class BackupJob
{
    private readonly List<BackupCopy> _copies = [];

    private BackupJob(string id, string database, string host, string port, DateTimeOffset createdAt)
    {
        Id = id;
        Database = database;
        Host = host;
        Port = port;
        CreatedAt = createdAt;
        StartedAt = createdAt;
    }

    public string Id { get; private set; }

    public string? SourceId { get; private set; }

    /// <summary>Null for a run that no config asked for, and when its config is deleted.</summary>
    public string? ConfigId { get; private set; }

    /// <summary>What the config was called then.</summary>
    public string? ConfigName { get; private set; }

    /// <summary>The time of the config's schedule that this run is for; null when a person asked.</summary>
    public DateTimeOffset? ScheduledFor { get; private set; }

    /// <summary>How it is treated; stored as the columns below.</summary>
    public RunPolicy Policy
    {
        get => new(Priority, TimeLimitSeconds, Retries, RetryDelaySeconds, WantedNode, WantedLabel);
        private set => (Priority, TimeLimitSeconds, Retries, RetryDelaySeconds, WantedNode, WantedLabel) =
            (value.Priority, value.TimeLimitSeconds, value.Retries, value.RetryDelaySeconds, value.Node, value.Label);
    }

    public int Priority { get; private set; }

    public int? TimeLimitSeconds { get; private set; }

    public int Retries { get; private set; }

    public int RetryDelaySeconds { get; private set; }

    public string? WantedNode { get; private set; }

    public string? WantedLabel { get; private set; }

    /// <summary>1, and one more with each retry.</summary>
    public int Attempt { get; private set; } = 1;

    /// <summary>When it is tried again by itself; null when it is not.</summary>
    public DateTimeOffset? RetryAt { get; private set; }

    /// <summary>Where its files lie under the root of each store; null for the default names.</summary>
    public string? PathTemplate { get; private set; }

    /// <summary>It must not be deleted before.</summary>
    public Hold? Hold
    {
        get => HoldUntil is { } until ? Hold.Stored(HoldReason!, until) : null;
        private set => (HoldUntil, HoldReason) = (value?.Until, value?.Reason);
    }

    public DateTimeOffset? HoldUntil { get; private set; }

    public string? HoldReason { get; private set; }

    /// <summary>The job that this one tries again.</summary>
    public string? RetryOf { get; private set; }

    public string Database { get; private set; }

    public string Host { get; private set; }

    /// <summary>Text, because reports have it so.</summary>
    public string Port { get; private set; }

    public BackupTrigger Trigger { get; private set; }

    public BackupType Type { get; private set; }

    public BackupMethod Method { get; private set; }

    public BackupFormat Format { get; private set; }

    public Compression Compression { get; private set; }

    public int Jobs { get; private set; } = 1;

    public bool IncludeGlobals { get; private set; }

    public string? Description { get; private set; }

    public BackupStatus Status { get; private set; }

    public BackupMode Mode { get; private set; }

    public string Tool { get; private set; } = "pg_dump";

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When it was asked for until it starts; from then on when it started.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    public DateTimeOffset? FinishedAt { get; private set; }

    public long? DurationSeconds { get; private set; }

    public long? SizeBytes { get; private set; }

    /// <summary>Of the last equal backup that was a success, when this one started; null when there was none.</summary>
    public long? EstimatedBytes { get; private set; }

    public string? LocalFile { get; private set; }

    public IReadOnlyList<string> RemoteUrls { get; private set; } = [];

    public string? Checksum { get; private set; }

    /// <summary>Public keys that it is encrypted to; none when it is not.</summary>
    public IReadOnlyList<string> Recipients { get; private set; } = [];

    /// <summary>One for each store that it goes to; none for a run that was only reported.</summary>
    public IReadOnlyList<BackupCopy> Copies => _copies;

    /// <summary><c>CODE: text</c>.</summary>
    public string? Error { get; private set; }

    public IReadOnlyList<ArtifactFile> Files { get; private set; } = [];

    public string? ServerVersion { get; private set; }

    public string? ClientVersion { get; private set; }

    /// <summary>The node that ran it, or runs it.</summary>
    public string? Node { get; private set; }

    public string? BaseName { get; private set; }

    public string? LogFile { get; private set; }

    public string? ReportFile { get; private set; }

    /// <summary>The report's own time, the order in which versions of it count; null when none was written or loaded.</summary>
    public DateTimeOffset? ReportModifiedAt { get; private set; }

    /// <summary>Keys of the report that we don't know, as a JSON object.</summary>
    public string? ReportExtra { get; private set; }

    public bool Deleted { get; private set; }

    /// <summary>Set when its deletion begins, and not yet <see cref="Deleted"/>: all of it goes, and nothing stops that any more.</summary>
    public DeleteReason? DeleteReason { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public bool IsBeingDeleted => DeleteReason is not null && !Deleted;

    public bool IsFinished => Status is BackupStatus.Success or BackupStatus.Failed or BackupStatus.Canceled;

    /// <summary>A script runs it and has recorded its start: no node here can stop it.</summary>
    public bool IsRunElsewhere => !IsFinished && Trigger is BackupTrigger.Reported;

    /// <summary>What it was to make, for running it or trying it again.</summary>
    public BackupSpec Spec => new(Type, Format, Jobs, Compression, IncludeGlobals);

    /// <summary>Something of it can be read: all of its copies when it is a SUCCESS, those that are good when it is not.</summary>
    public bool HasArtifact => Status is BackupStatus.Success || Copies.Any(copy => copy.Status is CopyStatus.Completed);

    /// <summary>What lies of it in stores is a backup: of a run that went wrong otherwise it is not.</summary>
    public bool CanHaveCopies => Status is BackupStatus.Success || (Status is BackupStatus.Failed && (IsCopyFailure || FailedWith(BackupJobErrors.UploadFailedCode)));

    /// <summary>The same for equal requests; null for reported runs, which nobody requested here.</summary>
    public string? RequestKey { get; private set; }

    /// <param name="config">The config that asks; null when a person asks without one.</param>
    public static BackupJob Request(DatabaseSource source, BackupSpec spec, Destination destination, string? description, DateTimeOffset now, ConfigRun? config = null)
    {
        var job = new BackupJob(Guid.CreateVersion7(now).ToString(), source.Database, source.Host, source.PortText, now)
        {
            SourceId = source.Id,
            ConfigId = config?.ConfigId,
            ConfigName = config?.ConfigName,
            ScheduledFor = config?.ScheduledFor,
            Policy = config?.Policy ?? RunPolicy.Default,
            PathTemplate = config?.PathTemplate,
            Trigger = config?.ScheduledFor is null ? BackupTrigger.Manual : BackupTrigger.Automatic,
            Type = spec.Type,
            Method = BackupMethod.PgDump,
            Format = spec.Format,
            Compression = spec.Compression,
            Jobs = spec.Jobs,
            IncludeGlobals = spec.IncludeGlobals,
            Mode = destination.Mode,
            Recipients = destination.Recipients,
            // Two configs of one source may ask for the same; each has its own run.
            RequestKey = $"{spec.Key}|{destination.Key}{(config is null ? "" : $"|config:{config.ConfigId}")}",
            Description = description,
        };
        job._copies.AddRange(destination.Stores.Select(store => BackupCopy.To(job.Id, store)));
        return job;
    }

    /// <summary>A finished run that a report tells of.</summary>
    /// <exception cref="InvalidValueException">It ends before it starts, or has a negative size.</exception>
    public static BackupJob FromReport(ReportedRun run, DateTimeOffset now)
    {
        if (run.FinishedAt < run.StartedAt) throw BackupJobErrors.EndsBeforeItStarts();
        if (run.SizeBytes < 0) throw BackupJobErrors.NegativeSize();
        var job = new BackupJob(run.Id ?? Guid.CreateVersion7(now).ToString(), run.Database, run.Host, run.Port, now)
        {
            Trigger = run.Trigger,
            Type = run.Type,
            Method = run.Method,
            Format = run.Format,
            Compression = run.Compression,
            Description = run.Description,
            Status = run.Status,
            Mode = run.Mode,
            Tool = run.Tool,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            DurationSeconds = run.DurationSeconds,
            SizeBytes = run.SizeBytes,
            LocalFile = run.LocalFile,
            RemoteUrls = run.RemoteUrls,
            Checksum = run.Checksum,
            Recipients = run.Recipients,
            Error = run.Error,
            Files = run.Files,
            ServerVersion = run.ServerVersion,
            ClientVersion = run.ClientVersion,
            Node = run.Node,
            LogFile = run.LogFile,
            BaseName = run.BaseName,
            ReportFile = run.ReportFile,
            ReportModifiedAt = run.ReportModifiedAt,
            ReportExtra = run.Extra,
        };
        job._copies.AddRange(run.Copies.Select(copy => BackupCopy.From(job.Id, copy)));
        return job;
    }

    /// <summary>A new job that tries this failed or cancelled one again. This one is not tried again by itself any more.</summary>
    public BackupJob Retry(DatabaseSource source, Destination destination, DateTimeOffset now)
    {
        if (Status is not (BackupStatus.Failed or BackupStatus.Canceled)) throw BackupJobErrors.WrongState(this, "tried again");
        // Who was interrupted by a stop has not used a try.
        var policy = FailedWith(BackupJobErrors.ServiceStoppedCode) ? Policy : Policy.ForRetry();
        var retry = Request(source, Spec, destination, Description, now, ConfigId is null ? null : new ConfigRun(ConfigId, ConfigName ?? "", ScheduledFor, policy, PathTemplate));
        (retry.RetryOf, retry.Attempt, RetryAt) = (Id, Attempt + 1, null);
        return retry;
    }

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
