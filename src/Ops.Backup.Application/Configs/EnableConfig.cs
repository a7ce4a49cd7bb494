using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Configs;

/// <summary>Lets a config's schedule run, or stops it. What passed while it was disabled was not missed.</summary>
public sealed record EnableConfig(string Id, bool Enabled) : IRequest<ConfigView>;

public sealed class EnableConfigHandler(IConfigs configs, ConfigForms forms, TimeProvider time) : IRequestHandler<EnableConfig, ConfigView>
{
    public async Task<ConfigView> Handle(EnableConfig request, CancellationToken cancellationToken)
    {
        var config = await configs.GetAsync(request.Id, cancellationToken);
        if (request.Enabled) config.Enable(time.GetUtcNow());
        else config.Disable(time.GetUtcNow());
        await configs.SaveAsync(config, cancellationToken);
        return await forms.ViewAsync(configs, config, cancellationToken);
    }
}
