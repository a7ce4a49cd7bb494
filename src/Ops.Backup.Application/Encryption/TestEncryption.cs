using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Encryption;

/// <summary>Proves that the configured secret keys open what is encrypted to a public key.</summary>
/// <param name="Recipient" example="null">A public key of age; null or left out: each that belongs to the configured secret keys.</param>
public sealed record TestEncryption(string? Recipient) : IRequest<EncryptionTestResult>;

/// <param name="Ok" example="true">Whether there was something to try and all of it came back.</param>
/// <param name="Code" example="null">What kept it from being tried at all; docs/error-codes.md lists the codes.</param>
/// <param name="Message" example="null">What to do.</param>
/// <param name="Recipients">One for each public key.</param>
public sealed record EncryptionTestResult(bool Ok, string? Code, string? Message, IReadOnlyList<RecipientProof> Recipients);

/// <param name="Recipient" example="age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth">A public key of age.</param>
/// <param name="Ok" example="true">Whether what was encrypted to it could be decrypted here.</param>
/// <param name="Code" example="null">Null when it could.</param>
/// <param name="Message" example="null">What to do.</param>
public sealed record RecipientProof(string Recipient, bool Ok, string? Code, string? Message);

public sealed class TestEncryptionHandler(IEncryption encryption) : IRequestHandler<TestEncryption, EncryptionTestResult>
{
    public async Task<EncryptionTestResult> Handle(TestEncryption request, CancellationToken cancellationToken)
    {
        var asked = request.Recipient is { } recipient ? AgeRecipient.Parse(recipient) : null;
        IReadOnlyList<string> own;
        try
        {
            own = await encryption.OwnRecipientsAsync(cancellationToken);
        }
        catch (BackupFailedException e)
        {
            return new EncryptionTestResult(Ok: false, e.Failure.Code, e.Message, []);
        }
        var proofs = new List<RecipientProof>();
        foreach (var key in asked is null ? own : [asked]) proofs.Add(await ProveAsync(key, cancellationToken));
        return new EncryptionTestResult(proofs.Count > 0 && proofs.TrueForAll(proof => proof.Ok), null, null, proofs);
    }

    private async Task<RecipientProof> ProveAsync(string recipient, CancellationToken cancellationToken)
    {
        try
        {
            await encryption.ProveAsync(recipient, cancellationToken);
            return new RecipientProof(recipient, Ok: true, null, null);
        }
        catch (BackupFailedException e)
        {
            return new RecipientProof(recipient, Ok: false, e.Failure.Code, e.Message);
        }
    }
}
