using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class StoreMapping : IEntityTypeConfiguration<Store>
{
    public void Configure(EntityTypeBuilder<Store> store)
    {
        store.ToTable("backup_store");
        store.HasKey(x => x.Id);
        store.Property(x => x.Id).HasColumnName("id").HasMaxLength(36);
        store.Property(x => x.Name).HasColumnName("name");
        store.Property(x => x.Settings).HasColumnName("settings").HasColumnType("jsonb")
            .HasConversion(settings => StoreJson.Write(settings), json => StoreJson.Read(json));
        store.Property(x => x.EncryptedCredentials).HasColumnName("encrypted_credentials");
        store.Property(x => x.Recipients).HasColumnName("recipients").AsJson();
        store.Property(x => x.BytesPerSecond).HasColumnName("bytes_per_second");
        store.Property(x => x.MaxConcurrent).HasColumnName("max_concurrent");
        store.Property(x => x.IsDefault).HasColumnName("is_default");
        store.Property(x => x.IsConfigured).HasColumnName("is_configured");
        store.Property(x => x.CreatedAt).HasColumnName("create_time");
        store.Property(x => x.UpdatedAt).HasColumnName("update_time");
        // The column of that name is generated from the settings.
        store.Ignore(x => x.Kind);
    }
}
