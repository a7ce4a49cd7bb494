using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Stores;

public sealed record ListStores : IRequest<IReadOnlyList<StoreView>>;

public sealed record GetStore(string Id) : IRequest<StoreView>;

public sealed class ReadStoresHandler(IStores stores, ISecrets secrets) : IRequestHandler<ListStores, IReadOnlyList<StoreView>>, IRequestHandler<GetStore, StoreView>
{
    public async Task<IReadOnlyList<StoreView>> Handle(ListStores request, CancellationToken cancellationToken) =>
        [.. (await stores.ListAsync(cancellationToken)).Select(store => StoreView.Of(store, secrets))];

    public async Task<StoreView> Handle(GetStore request, CancellationToken cancellationToken) =>
        StoreView.Of(await stores.GetAsync(request.Id, cancellationToken), secrets);
}
