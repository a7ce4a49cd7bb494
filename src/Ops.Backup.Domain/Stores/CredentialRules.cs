using System.Text.RegularExpressions;

namespace Ops.Backup.Domain.Stores;

/// <summary>What credentials may be, by the kind of store. No message has a credential in it.</summary>
public static partial class CredentialRules
{
    private const int LongestKeyId = 200;
    private const int LongestSecret = 1000;
    private const int LongestToken = 10_000;
    private const int LongestConfig = 100_000;

    /// <summary>Without what is empty; null when nothing is left, which is right for a folder or for rclone's own configuration.</summary>
    /// <exception cref="InvalidValueException">A part is missing, can't be, or belongs to another kind of store.</exception>
    public static StoreCredentials? Check(StoreCredentials given, StoreKind kind)
    {
        var takesKeys = kind is StoreKind.Oss or StoreKind.S3;
        var credentials = new StoreCredentials(
            Key(given.AccessKeyId, "accessKeyId", LongestKeyId, takesKeys, kind), Key(given.AccessKeySecret, "accessKeySecret", LongestSecret, takesKeys, kind),
            Key(given.SecurityToken, "securityToken", LongestToken, takesKeys, kind), Config(given.RcloneConfig, kind));
        if (takesKeys) Require(credentials.AccessKeyId, "accessKeyId");
        if (takesKeys) Require(credentials.AccessKeySecret, "accessKeySecret");
        return credentials == new StoreCredentials() ? null : credentials;
    }

    private static string? Key(string? value, string part, int longest, bool isTaken, StoreKind kind)
    {
        if (string.IsNullOrEmpty(value)) return null;
        if (!isTaken) throw Misplaced(part, kind);
        return value.Length <= longest && Printable().IsMatch(value) ? value
            : throw Invalid(part, $"credentials.{part} has at most {longest} printable ASCII characters and no spaces; was a line break copied with it?");
    }

    private static string? Config(string? value, StoreKind kind)
    {
        if (string.IsNullOrEmpty(value)) return null;
        if (kind is not StoreKind.Rclone) throw Misplaced("rcloneConfig", kind);
        return value.Length <= LongestConfig && !value.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t')) ? value
            : throw Invalid("rcloneConfig", $"credentials.rcloneConfig is the text of an rclone.conf, at most {LongestConfig} characters.");
    }

    private static void Require(string? value, string part)
    {
        if (value is null) throw new InvalidValueException("VALUE_MISSING", $"credentials.{part}", $"credentials.{part} is missing.");
    }

    private static InvalidValueException Misplaced(string part, StoreKind kind) =>
        Invalid(part, $"A store of kind {Words.Of(kind)} has no credentials.{part}.");

    private static InvalidValueException Invalid(string part, string message) => new("CREDENTIALS_INVALID", $"credentials.{part}", message);

    [GeneratedRegex(@"^[\x21-\x7e]+\z", RegexOptions.None, 1000)]
    private static partial Regex Printable();
}
