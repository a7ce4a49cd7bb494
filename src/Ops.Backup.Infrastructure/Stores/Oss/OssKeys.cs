using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.Oss;

/// <summary>What requests are signed with.</summary>
internal sealed class OssKeys(string id, string secret, string? token)
{
    public string Id { get; } = id;

    public string Secret { get; } = secret;

    /// <summary>Of temporary (STS) credentials.</summary>
    public string? Token { get; } = token;

    public static OssKeys Of(StoreCredentials credentials) =>
        string.IsNullOrEmpty(credentials.AccessKeyId) || string.IsNullOrEmpty(credentials.AccessKeySecret)
            ? throw new StoreException(StoreCodes.WrongKey, "The store has no access key: give it an access key id and its secret.", isTransient: false)
            : new OssKeys(credentials.AccessKeyId, credentials.AccessKeySecret, string.IsNullOrEmpty(credentials.SecurityToken) ? null : credentials.SecurityToken);

    /// <summary>A server's words without what is ours to keep, should it echo any of it.</summary>
    public string Redact(string text)
    {
        text = text.Replace(Secret, "***", StringComparison.Ordinal);
        return Token is null ? text : text.Replace(Token, "***", StringComparison.Ordinal);
    }
}
