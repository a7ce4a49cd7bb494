namespace Ops.Backup.Application.Ports;

/// <summary>Encrypts what must be kept but never shown.</summary>
public interface ISecrets
{
    string Protect(string secret);

    /// <exception cref="SecretUnreadableException">It was encrypted with a key that is not here (any more).</exception>
    string Unprotect(string ciphertext);
}

public sealed class SecretUnreadableException(Exception inner)
    : Exception("The stored password can't be decrypted with this node's keys. Enter it again, or bring the key folder back.", inner);
