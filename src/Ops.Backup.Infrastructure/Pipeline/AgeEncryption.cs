using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Security;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>The configured identity file, tried with the programs that backups are encrypted and opened with.</summary>
internal sealed class AgeEncryption(IOptions<BackupOptions> options) : IEncryption
{
    private const int TextBytes = 1000;

    public async Task<IReadOnlyList<string>> OwnRecipientsAsync(CancellationToken cancellationToken)
    {
        var identity = Identity();
        var listed = await Tool.RunAsync(Age.PublicKeys(identity), onErrorLine: null, cancellationToken);
        // What it says may quote the file.
        return listed.ExitCode == 0
            ? [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)]
            : throw new BackupFailedException("IDENTITY_UNREADABLE", $"{identity} holds no secret keys of age (AGE-SECRET-KEY-…), or is protected by a passphrase.");
    }

    public async Task ProveAsync(string recipient, CancellationToken cancellationToken)
    {
        var identity = Identity();
        var text = RandomNumberGenerator.GetBytes(TextBytes);
        var cipher = await RunAsync(Age.Encrypt([recipient]), text, cancellationToken);
        var back = await RunAsync(Age.Decrypt(identity), cipher, cancellationToken);
        if (!text.AsSpan().SequenceEqual(back)) throw new BackupFailedException("ENCRYPTION_FAILED", "age decrypted other bytes than it had encrypted.");
    }

    private string Identity()
    {
        var path = options.Value.AgeIdentityFile
            ?? throw new BackupFailedException("IDENTITY_NOT_CONFIGURED", "No Backup:AgeIdentityFile is configured, so nothing can be opened here. That is the safer way, if the secret key is kept well elsewhere.");
        return IdentityFile.Fault(path) is { } fault ? throw new BackupFailedException(fault.Code, fault.Message) : path;
    }

    // The texts are so short that neither pipe fills up.
    private static async Task<byte[]> RunAsync(ProcessSpec spec, byte[] input, CancellationToken cancellationToken)
    {
        await using var child = ChildProcess.Start(spec with { TakesInput = true });
        try
        {
            await child.Input.WriteAsync(input, cancellationToken);
            child.Input.Close();
        }
        catch (IOException)
        {
            // It ended before it read all; its exit code tells.
        }
        using var output = new MemoryStream();
        await child.Output.CopyToAsync(output, cancellationToken);
        return await child.WaitAsync(cancellationToken) == 0 ? output.ToArray() : throw Age.Failure(child.ErrorTail);
    }
}
