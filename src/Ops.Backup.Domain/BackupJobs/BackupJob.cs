namespace Ops.Backup.Domain.BackupJobs;

/// <summary>
/// One run: <c>PENDING → RUNNING → SUCCESS | FAILED | CANCELED</c>. Its methods are the only way to change it, and refuse what the
/// present state does not allow. All times are UTC.
/// </summary>
public sealed partial class BackupJob
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
}
