using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Sources;

/// <summary>A source as it is shown: the password never comes back, only whether there is one.</summary>
public sealed record SourceView(
    string Id, string Name, string Host, int Port, string Database, string User, bool HasPassword, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static SourceView Of(DatabaseSource source) => new(
        source.Id, source.Name, source.Host, source.Port, source.Database, source.User, source.EncryptedPassword is not null, source.CreatedAt, source.UpdatedAt);
}
