using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>Refused while copies of backups are in it. What lies in the store otherwise is left alone.</summary>
public sealed record DeleteStore(string Id) : IRequest;

public sealed class DeleteStoreHandler(IStores stores) : AsyncRequestHandler<DeleteStore>
{
    protected override async Task Handle(DeleteStore request, CancellationToken cancellationToken)
    {
        var store = await stores.GetAsync(request.Id, cancellationToken);
        if (store.IsConfigured) throw StoreErrors.Configured(store);
        await stores.RemoveAsync(store, cancellationToken);
    }
}
