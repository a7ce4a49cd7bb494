using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Where jobs come from: a request, a report, a failed job.</summary>
public sealed partial class BackupJob
{
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
}
