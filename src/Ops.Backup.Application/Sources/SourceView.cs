using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Sources;

/// <summary>A source as it is shown: the password never comes back, only whether there is one.</summary>
/// <param name="Id" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2a77">A UUID; everywhere the name does as well.</param>
/// <param name="Name" example="chinook">Unique.</param>
/// <param name="Host" example="127.0.0.1">A host name, an IP address, or the folder of a Unix socket.</param>
/// <param name="Port" example="5432">1 to 65535.</param>
/// <param name="Database" example="chinook">The database's real name.</param>
/// <param name="User" example="backup">The role that connects.</param>
/// <param name="HasPassword" example="true">Whether one is stored.</param>
/// <param name="CreatedAt" example="2026-11-21T03:00:00Z">UTC.</param>
/// <param name="UpdatedAt" example="2026-11-21T03:00:00Z">UTC.</param>
public sealed record SourceView(
    string Id, string Name, string Host, int Port, string Database, string User, bool HasPassword, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static SourceView Of(DatabaseSource source) => new(
        source.Id, source.Name, source.Host, source.Port, source.Database, source.User, source.EncryptedPassword is not null, source.CreatedAt, source.UpdatedAt);
}
