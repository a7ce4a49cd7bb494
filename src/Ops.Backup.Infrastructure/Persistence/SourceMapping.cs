using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class SourceMapping : IEntityTypeConfiguration<DatabaseSource>
{
    public void Configure(EntityTypeBuilder<DatabaseSource> source)
    {
        source.ToTable("database_source");
        source.HasKey(x => x.Id);
        source.Property(x => x.Id).HasColumnName("id").HasMaxLength(36);
        source.Property(x => x.Name).HasColumnName("name");
        source.Property(x => x.Host).HasColumnName("host");
        source.Property(x => x.Port).HasColumnName("port");
        source.Property(x => x.Database).HasColumnName("database");
        source.Property(x => x.User).HasColumnName("user_name");
        source.Property(x => x.EncryptedPassword).HasColumnName("encrypted_password");
        source.Property(x => x.CreatedAt).HasColumnName("create_time");
        source.Property(x => x.UpdatedAt).HasColumnName("update_time");
        source.Ignore(x => x.PortText);
    }
}
