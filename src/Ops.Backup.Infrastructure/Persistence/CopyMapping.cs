using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class CopyMapping : IEntityTypeConfiguration<BackupCopy>
{
    public void Configure(EntityTypeBuilder<BackupCopy> copy)
    {
        copy.ToTable("backup_copy");
        copy.HasKey(x => new { x.JobId, x.StoreId });
        copy.Property(x => x.JobId).HasColumnName("job_id").HasMaxLength(36);
        copy.Property(x => x.StoreId).HasColumnName("store_id").HasMaxLength(36);
        copy.Property(x => x.StoreName).HasColumnName("store_name");
        copy.Property(x => x.Kind).HasColumnName("kind").AsWord();
        copy.Property(x => x.Node).HasColumnName("node");
        copy.Property(x => x.Status).HasColumnName("status").AsWord();
        copy.Property(x => x.Url).HasColumnName("url");
        copy.Property(x => x.SizeBytes).HasColumnName("size_bytes");
        copy.Property(x => x.Checksum).HasColumnName("checksum");
        copy.Property(x => x.Error).HasColumnName("error_msg");
        copy.Property(x => x.Attempts).HasColumnName("attempts");
        copy.Property(x => x.NextTryAt).HasColumnName("next_try_at");
        copy.Property(x => x.FinishedAt).HasColumnName("finished_at");
    }
}
