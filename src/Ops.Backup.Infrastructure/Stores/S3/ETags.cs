using System.Globalization;
using System.Security.Cryptography;
using Amazon.S3;
using Ops.Backup.Infrastructure.Stores.Objects;

namespace Ops.Backup.Infrastructure.Stores.S3;

/// <summary>What S3's ETags tell about the bytes.</summary>
internal static class ETags
{
    private const int Md5Digits = 32;

    public static string Bare(string? etag) => (etag ?? "").Trim('"');

    public static string Quoted(string etag) => $"\"{etag}\"";

    /// <summary>With a KMS key, and at some other servers, an ETag is any text.</summary>
    public static bool IsMd5(string etag, ServerSideEncryptionMethod? encryption) => !IsKms(encryption) && IsMd5(etag);

    public static bool IsKms(ServerSideEncryptionMethod? encryption) => encryption?.Value?.StartsWith("aws:kms", StringComparison.OrdinalIgnoreCase) == true;

    public static bool IsMd5(string etag) => etag.Length == Md5Digits && etag.All(char.IsAsciiHexDigit);

    public static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    public static string Of(byte[] md5) => Convert.ToHexStringLower(md5);

    /// <summary>S3's ETag of joined parts: the MD5 of their MD5s, and their number. Null when a part's ETag is no MD5.</summary>
    public static string? OfParts(IReadOnlyList<UploadedPart> parts)
    {
        if (!parts.All(part => IsMd5(part.ETag))) return null;
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var part in parts) all.AppendData(Convert.FromHexString(part.ETag));
        return string.Create(CultureInfo.InvariantCulture, $"{Of(all.GetHashAndReset())}-{parts.Count}");
    }

    /// <summary>Whether it has the form of such an ETag; whether the server also reckons it so is another matter.</summary>
    public static bool IsOfParts(string etag, int parts) =>
        etag.Length > Md5Digits && IsMd5(etag[..Md5Digits]) && etag[Md5Digits..] == string.Create(CultureInfo.InvariantCulture, $"-{parts}");
}
