namespace Ops.Backup.Application.Ports;

/// <summary>The secret keys that this node is configured with, if any.</summary>
public interface IEncryption
{
    /// <summary>The public keys that belong to them.</summary>
    /// <exception cref="BackupFailedException">None is configured, or they can't or must not be used.</exception>
    Task<IReadOnlyList<string>> OwnRecipientsAsync(CancellationToken cancellationToken);

    /// <summary>Encrypts a random text to a public key as backups are, and decrypts it with the secret keys.</summary>
    /// <exception cref="BackupFailedException">It did not come back.</exception>
    Task ProveAsync(string recipient, CancellationToken cancellationToken);
}
