using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class BackupJobMapping : IEntityTypeConfiguration<BackupJob>
{
    public void Configure(EntityTypeBuilder<BackupJob> job)
    {
        job.ToTable("db_backup_job");
        job.HasKey(x => x.Id);
        job.Property(x => x.Id).HasColumnName("id").HasMaxLength(36);
        job.Property(x => x.SourceId).HasColumnName("source_id");
        job.Property(x => x.ConfigId).HasColumnName("config_id");
        job.Property(x => x.ConfigName).HasColumnName("config_name");
        job.Property(x => x.ScheduledFor).HasColumnName("scheduled_for");
        job.Property(x => x.RetryOf).HasColumnName("retry_of");
        job.Property(x => x.Attempt).HasColumnName("attempt");
        job.Property(x => x.RetryAt).HasColumnName("retry_at");
        job.Property(x => x.PathTemplate).HasColumnName("path_template");
        job.Property(x => x.Priority).HasColumnName("priority");
        job.Property(x => x.TimeLimitSeconds).HasColumnName("time_limit_sec");
        job.Property(x => x.Retries).HasColumnName("retries");
        job.Property(x => x.RetryDelaySeconds).HasColumnName("retry_delay_sec");
        job.Property(x => x.WantedNode).HasColumnName("wanted_node");
        job.Property(x => x.WantedLabel).HasColumnName("wanted_label");
        // Written by a statement of its own: who stores a backup that it read a while ago must not undo a hold.
        job.Property(x => x.HoldUntil).HasColumnName("hold_until").Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
        job.Property(x => x.HoldReason).HasColumnName("hold_reason").Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
        job.Ignore(x => x.Policy);
        job.Ignore(x => x.Hold);
        job.Property(x => x.Database).HasColumnName("database");
        job.Property(x => x.Host).HasColumnName("host");
        job.Property(x => x.Port).HasColumnName("port");
        job.Property(x => x.Trigger).HasColumnName("trigger").AsWord();
        job.Property(x => x.Type).HasColumnName("type").AsWord();
        job.Property(x => x.Method).HasColumnName("method").AsWord();
        job.Property(x => x.Format).HasColumnName("format").AsWord();
        job.Property(x => x.Compression).HasColumnName("compression").HasConversion(value => value.ToString(), text => Compression.Parse(text));
        job.Property(x => x.Jobs).HasColumnName("jobs");
        job.Property(x => x.IncludeGlobals).HasColumnName("include_globals");
        job.Property(x => x.Description).HasColumnName("description");
        job.Property(x => x.Status).HasColumnName("status").AsWord();
        job.Property(x => x.Mode).HasColumnName("mode").AsWord();
        job.Property(x => x.Tool).HasColumnName("tool");
        job.Property(x => x.CreatedAt).HasColumnName("create_time");
        job.Property(x => x.StartedAt).HasColumnName("started_at");
        job.Property(x => x.FinishedAt).HasColumnName("finished_at");
        job.Property(x => x.DurationSeconds).HasColumnName("duration_sec");
        job.Property(x => x.SizeBytes).HasColumnName("size_bytes");
        job.Property(x => x.EstimatedBytes).HasColumnName("estimated_bytes");
        job.Property(x => x.LocalFile).HasColumnName("local_file");
        job.Property(x => x.RemoteUrls).HasColumnName("remote_urls").AsJson();
        job.Property(x => x.Checksum).HasColumnName("checksum");
        job.Property(x => x.Recipients).HasColumnName("recipients").AsJson();
        job.HasMany(x => x.Copies).WithOne().HasForeignKey(copy => copy.JobId);
        job.Property(x => x.Error).HasColumnName("error_msg");
        job.Property(x => x.Files).HasColumnName("files").AsJson();
        job.Property(x => x.ServerVersion).HasColumnName("server_version");
        job.Property(x => x.ClientVersion).HasColumnName("client_version");
        job.Property(x => x.Node).HasColumnName("node");
        job.Property(x => x.BaseName).HasColumnName("base_name");
        job.Property(x => x.LogFile).HasColumnName("log_file");
        job.Property(x => x.ReportFile).HasColumnName("report_file");
        job.Property(x => x.ReportModifiedAt).HasColumnName("report_modified_at");
        job.Property(x => x.ReportExtra).HasColumnName("report_extra").HasColumnType("jsonb");
        job.Property(x => x.Deleted).HasColumnName("deleted");
        job.Property(x => x.DeleteReason).HasColumnName("delete_reason").HasConversion(value => Words.Of(value!.Value), word => Words.Parse<DeleteReason>(word, "deleteReason"));
        job.Property(x => x.DeletedAt).HasColumnName("deleted_at");
        job.Property(x => x.RequestKey).HasColumnName("request_key");
        job.Ignore(x => x.Spec);
        job.Ignore(x => x.HasArtifact);
    }
}
