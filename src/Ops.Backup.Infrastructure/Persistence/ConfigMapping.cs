using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class ConfigMapping : IEntityTypeConfiguration<ConfigRow>, IEntityTypeConfiguration<ConfigStoreRow>
{
    public void Configure(EntityTypeBuilder<ConfigRow> config)
    {
        config.ToTable("backup_config");
        config.HasKey(x => x.Id);
        config.Property(x => x.Id).HasColumnName("id").HasMaxLength(36);
        config.Property(x => x.Name).HasColumnName("name");
        config.Property(x => x.SourceId).HasColumnName("source_id");
        config.Property(x => x.Type).HasColumnName("type").AsWord();
        config.Property(x => x.Format).HasColumnName("format").AsWord();
        config.Property(x => x.Jobs).HasColumnName("jobs");
        config.Property(x => x.Compression).HasColumnName("compression");
        config.Property(x => x.IncludeGlobals).HasColumnName("include_globals");
        config.Property(x => x.Recipients).HasColumnName("recipients").AsJson();
        config.Property(x => x.Schedule).HasColumnName("schedule");
        config.Property(x => x.TimeZone).HasColumnName("time_zone");
        config.Property(x => x.JitterSeconds).HasColumnName("jitter_sec");
        config.Property(x => x.Windows).HasColumnName("windows").AsJson();
        config.Property(x => x.RunMissed).HasColumnName("run_missed");
        config.Property(x => x.WhenBusy).HasColumnName("when_busy").AsWord();
        config.Property(x => x.Retention).HasColumnName("retention").HasColumnType("jsonb");
        config.Property(x => x.TimeLimitSeconds).HasColumnName("time_limit_sec");
        config.Property(x => x.Retries).HasColumnName("retries");
        config.Property(x => x.RetryDelaySeconds).HasColumnName("retry_delay_sec");
        config.Property(x => x.Priority).HasColumnName("priority");
        config.Property(x => x.WantedNode).HasColumnName("wanted_node");
        config.Property(x => x.WantedLabel).HasColumnName("wanted_label");
        config.Property(x => x.PathTemplate).HasColumnName("path_template");
        config.Property(x => x.DescriptionTemplate).HasColumnName("description_template");
        config.Property(x => x.Enabled).HasColumnName("enabled");
        config.Property(x => x.IsConfigured).HasColumnName("is_configured");
        config.Property(x => x.WasConfigured).HasColumnName("was_configured");
        config.Property(x => x.NextFor).HasColumnName("next_for");
        config.Property(x => x.NextRunAt).HasColumnName("next_run_at");
        config.Property(x => x.LastRunAt).HasColumnName("last_run_at");
        config.Property(x => x.LastError).HasColumnName("last_error");
        config.Property(x => x.CreatedAt).HasColumnName("create_time");
        config.Property(x => x.UpdatedAt).HasColumnName("update_time");
        config.HasMany(x => x.Stores).WithOne().HasForeignKey(store => store.ConfigId);
    }

    public void Configure(EntityTypeBuilder<ConfigStoreRow> store)
    {
        store.ToTable("backup_config_store");
        store.HasKey(x => new { x.ConfigId, x.StoreId });
        store.Property(x => x.ConfigId).HasColumnName("config_id").HasMaxLength(36);
        store.Property(x => x.StoreId).HasColumnName("store_id").HasMaxLength(36);
        store.Property(x => x.Retention).HasColumnName("retention").HasColumnType("jsonb");
    }
}
