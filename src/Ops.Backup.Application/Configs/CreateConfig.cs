using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs;

public sealed record CreateConfig(ConfigForm Form) : IRequest<ConfigView>;

public sealed class CreateConfigHandler(IConfigs configs, ConfigForms forms, TimeProvider time) : IRequestHandler<CreateConfig, ConfigView>
{
    public async Task<ConfigView> Handle(CreateConfig request, CancellationToken cancellationToken)
    {
        var config = BackupConfig.Create(await forms.ReadAsync(request.Form, cancellationToken), isConfigured: false, time.GetUtcNow());
        await configs.AddAsync(config, cancellationToken);
        return ConfigView.Of(config, await forms.OfAsync(config, cancellationToken), newest: null);
    }
}
