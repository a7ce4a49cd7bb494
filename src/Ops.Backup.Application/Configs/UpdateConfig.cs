using System.Text.Json;
using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs;

/// <param name="Change">The keys that change: a key that is not there stays, one that is null gets its default.</param>
public sealed record UpdateConfig(string Id, JsonElement Change) : IRequest<ConfigView>;

public sealed class UpdateConfigHandler(IConfigs configs, ConfigForms forms, TimeProvider time) : IRequestHandler<UpdateConfig, ConfigView>
{
    public async Task<ConfigView> Handle(UpdateConfig request, CancellationToken cancellationToken)
    {
        var config = await configs.GetAsync(request.Id, cancellationToken);
        if (config.IsConfigured) throw ConfigErrors.Configured(config);
        var form = ConfigJson.Change(await forms.OfAsync(config, cancellationToken), request.Change);
        config.Change(await forms.ReadAsync(form, cancellationToken), time.GetUtcNow());
        await configs.SaveAsync(config, cancellationToken);
        return await forms.ViewAsync(configs, config, cancellationToken);
    }
}
