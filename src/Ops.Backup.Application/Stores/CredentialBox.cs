using System.Text.Json;
using System.Text.Json.Serialization;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>Credentials on their way into a store's ciphertext and out of it: encrypted as one JSON text.</summary>
public static class CredentialBox
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string? Lock(this ISecrets secrets, StoreCredentials? credentials) =>
        credentials is null ? null : secrets.Protect(JsonSerializer.Serialize(credentials, Options));

    /// <summary>Empty ones where the store has none.</summary>
    /// <exception cref="SecretUnreadableException">They were encrypted with a key that is not here (any more).</exception>
    public static StoreCredentials CredentialsOf(this ISecrets secrets, Store store) =>
        store.EncryptedCredentials is { } ciphertext ? JsonSerializer.Deserialize<StoreCredentials>(secrets.Unprotect(ciphertext), Options)! : new StoreCredentials();
}
