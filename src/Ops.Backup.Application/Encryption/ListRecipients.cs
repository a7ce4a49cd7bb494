using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Encryption;

/// <summary>Every public key that is or was in use, and whether this node could open what is encrypted to it.</summary>
public sealed record ListRecipients : IRequest<IReadOnlyList<RecipientView>>;

/// <param name="Recipient" example="age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth">A public key of age.</param>
/// <param name="Stores">Names of the stores that encrypt to it now.</param>
/// <param name="Backups" example="12">Backups that need one of its secret keys, or of others that they are encrypted to as well.</param>
/// <param name="Bytes" example="1073741824">Of their dumps, once each.</param>
/// <param name="Newest" example="2026-11-21T03:00:00Z">When the last of them started; null when there is none.</param>
/// <param name="CanOpen" example="false">Whether the configured identity file has its secret key.</param>
public sealed record RecipientView(string Recipient, IReadOnlyList<string> Stores, long Backups, long Bytes, DateTimeOffset? Newest, bool CanOpen);

public sealed class ListRecipientsHandler(IRecipients recipients, IEncryption encryption) : IRequestHandler<ListRecipients, IReadOnlyList<RecipientView>>
{
    public async Task<IReadOnlyList<RecipientView>> Handle(ListRecipients request, CancellationToken cancellationToken)
    {
        var own = await OwnAsync(cancellationToken);
        return [.. (await recipients.ListAsync(cancellationToken)).Select(use => new RecipientView(use.Recipient, use.Stores, use.Backups, use.Bytes, use.Newest, own.Contains(use.Recipient)))];
    }

    private async Task<HashSet<string>> OwnAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await encryption.OwnRecipientsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        }
        catch (BackupFailedException)
        {
            // Then nothing can be opened here; why, the test tells.
            return [];
        }
    }
}
