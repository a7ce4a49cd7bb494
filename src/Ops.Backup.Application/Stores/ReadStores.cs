using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Stores;

public sealed record ListStores : IRequest<IReadOnlyList<StoreView>>;

public sealed record GetStore(string Id) : IRequest<StoreView>;

public sealed class ReadStoresHandler(IStores stores, IStoreUsage usage, ISecrets secrets) : IRequestHandler<ListStores, IReadOnlyList<StoreView>>, IRequestHandler<GetStore, StoreView>
{
    public async Task<IReadOnlyList<StoreView>> Handle(ListStores request, CancellationToken cancellationToken)
    {
        var measures = await usage.NewestAsync(cancellationToken);
        return [.. (await stores.ListAsync(cancellationToken)).Select(store => StoreView.Of(store, secrets, measures.GetValueOrDefault(store.Id)))];
    }

    public async Task<StoreView> Handle(GetStore request, CancellationToken cancellationToken)
    {
        var store = await stores.GetAsync(request.Id, cancellationToken);
        return StoreView.Of(store, secrets, (await usage.NewestAsync(cancellationToken)).GetValueOrDefault(store.Id));
    }
}
