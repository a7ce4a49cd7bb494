using MediatR;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.Encryption;

namespace Ops.Backup.Api.Encryption;

public static class EncryptionEndpoints
{
    public static void MapEncryption(this IEndpointRouteBuilder app)
    {
        var encryption = app.MapGroup("/api/encryption").WithTags("Encryption").ProducesServerProblems();
        encryption.MapGet("/recipients", (IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new ListRecipients(), cancellationToken))
            .WithSummary("Every public key that stores or backups are encrypted to")
            .WithDescription("`canOpen` says whether the configured identity file has the secret key; when nothing is configured it is false for all.")
            .Produces<IReadOnlyList<RecipientView>>();
        encryption.MapPost("/test", TestAsync)
            .WithSummary("Prove that the configured identity opens what is written")
            .WithDescription("Encrypts a random text with age and decrypts it with `Backup:AgeIdentityFile`. In the answer, as `code`: `AGE_MISSING`, `IDENTITY_NOT_CONFIGURED`, `IDENTITY_MISSING`, "
                + "`IDENTITY_UNREADABLE`, `IDENTITY_EXPOSED`; of a recipient: `NO_IDENTITY`, `ENCRYPTION_FAILED`. 400: `RECIPIENT_INVALID`.")
            .Produces<EncryptionTestResult>().ProducesProblems(400);
    }

    /// <param name="test" example="{}">Which public key; none for each that belongs to the identity file.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static Task<EncryptionTestResult> TestAsync(TestEncryption test, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(test, cancellationToken);
}
