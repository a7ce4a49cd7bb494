namespace Ops.Backup.Application.Ports;

/// <summary>Public keys that stores ask for, and those that backups are encrypted to.</summary>
public interface IRecipients
{
    Task<IReadOnlyList<RecipientUse>> ListAsync(CancellationToken cancellationToken);
}

/// <param name="Stores">Names of the stores that encrypt to it now.</param>
/// <param name="Backups">Those that have something to decrypt.</param>
public sealed record RecipientUse(string Recipient, IReadOnlyList<string> Stores, long Backups, long Bytes, DateTimeOffset? Newest);
