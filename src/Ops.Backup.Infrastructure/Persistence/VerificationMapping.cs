using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Ops.Backup.Domain.Verification;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class VerificationMapping : IEntityTypeConfiguration<BackupVerification>
{
    public void Configure(EntityTypeBuilder<BackupVerification> verification)
    {
        verification.ToTable("backup_verification");
        verification.HasKey(x => x.Id);
        verification.Property(x => x.Id).HasColumnName("id").HasMaxLength(36);
        verification.Property(x => x.JobId).HasColumnName("job_id");
        verification.Property(x => x.Type).HasColumnName("verification_type").AsWord();
        verification.Property(x => x.Status).HasColumnName("verification_status").AsWord();
        verification.Property(x => x.Result).HasColumnName("verification_result");
        verification.Property(x => x.DurationMilliseconds).HasColumnName("duration_ms");
        verification.Property(x => x.VerifiedAt).HasColumnName("verified_at");
        verification.Property(x => x.VerifiedBy).HasColumnName("verified_by");
    }
}
