using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Stores;

/// <summary>Makes these, and no others, the stores of the configuration. Every node says it when it starts.</summary>
public sealed record DefineStores(IReadOnlyList<StoreDefinition> Definitions) : IRequest;

/// <summary>A store as the configuration has it.</summary>
public sealed record StoreDefinition(StoreFacts Facts, StoreCredentials? Credentials);

public sealed class DefineStoresHandler(IConfiguredStores stores, ISecrets secrets, TimeProvider time) : AsyncRequestHandler<DefineStores>
{
    protected override Task Handle(DefineStores request, CancellationToken cancellationToken) => stores.DefineAsync(
        [.. request.Definitions.Select(defined => Store.Create(defined.Facts, secrets.Lock(defined.Credentials), isConfigured: true, time.GetUtcNow()))], cancellationToken);
}
