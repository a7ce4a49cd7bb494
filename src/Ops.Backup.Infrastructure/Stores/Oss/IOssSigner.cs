namespace Ops.Backup.Infrastructure.Stores.Oss;

internal interface IOssSigner
{
    /// <summary>The headers that make the request a signed one.</summary>
    IReadOnlyList<KeyValuePair<string, string>> Sign(OssRequest request, DateTimeOffset now);

    /// <summary>The same as parameters, for a link that anybody can follow.</summary>
    IReadOnlyList<KeyValuePair<string, string?>> Presign(OssRequest request, DateTimeOffset now, TimeSpan validFor);
}
