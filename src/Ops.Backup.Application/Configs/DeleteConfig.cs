using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs;

/// <summary>Its backups stay, without a config; what it has queued still runs.</summary>
public sealed record DeleteConfig(string Id) : IRequest;

public sealed class DeleteConfigHandler(IConfigs configs) : AsyncRequestHandler<DeleteConfig>
{
    protected override async Task Handle(DeleteConfig request, CancellationToken cancellationToken)
    {
        var config = await configs.GetAsync(request.Id, cancellationToken);
        if (config.IsConfigured) throw ConfigErrors.Configured(config);
        await configs.RemoveAsync(config, cancellationToken);
    }
}
