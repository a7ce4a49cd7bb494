using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>The program <c>age</c>: it encrypts to public keys, and whoever has one of the secret keys decrypts with the stock program.</summary>
internal static class Age
{
    public const string Name = "age";
    public const string Extension = ".age";

    /// <summary>None of the secret keys opens it.</summary>
    public const string NoIdentityCode = "NO_IDENTITY";

    public static ProcessSpec Encrypt(IReadOnlyList<string> recipients) => new(Program(), ["--encrypt", .. recipients.Select(recipient => $"--recipient={recipient}")]);

    /// <summary>Reads its input; the identity file holds the secret keys and is read by age alone.</summary>
    public static ProcessSpec Decrypt(string identityFile) => new(Program(), ["--decrypt", $"--identity={identityFile}"]) { TakesInput = true };

    /// <summary>Prints the public keys of the secret keys in the file.</summary>
    public static ProcessSpec PublicKeys(string identityFile) => new(Program(Name + "-keygen"), ["-y", "--", identityFile]);

    public static BackupFailedException Failure(string errors) => errors switch
    {
        _ when errors.Contains("no identity matched", StringComparison.Ordinal) => new(NoIdentityCode, "None of the secret keys in the identity file opens it."),
        // The identity file is meant, which says nothing of what is encrypted.
        _ when errors.Contains("age: error: reading ", StringComparison.Ordinal) => new(NoIdentityCode, "The identity file can't be read, or has no secret keys of age."),
        _ => new("ENCRYPTION_FAILED", $"age failed: {errors}"),
    };

    /// <summary>The file's name once it is decrypted.</summary>
    public static string Opened(string name) => name.EndsWith(Extension, StringComparison.Ordinal) ? name[..^Extension.Length] : name;

    private static string Program(string name = Name) => Tool.Find(name)
        ?? throw new BackupFailedException("AGE_MISSING", "The program age is not installed, and the backup is to be encrypted. Install the package age.");
}
