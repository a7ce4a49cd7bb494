using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs;

/// <summary>A copy under another name; disabled, so that nothing runs twice before somebody has looked at it.</summary>
public sealed record CloneConfig(string Id, string? Name) : IRequest<ConfigView>;

public sealed class CloneConfigHandler(IConfigs configs, ConfigForms forms, TimeProvider time) : IRequestHandler<CloneConfig, ConfigView>
{
    public async Task<ConfigView> Handle(CloneConfig request, CancellationToken cancellationToken)
    {
        var original = await configs.GetAsync(request.Id, cancellationToken);
        var copy = BackupConfig.Create(original.Facts with { Name = request.Name ?? "", Enabled = false }, isConfigured: false, time.GetUtcNow());
        await configs.AddAsync(copy, cancellationToken);
        return ConfigView.Of(copy, await forms.OfAsync(copy, cancellationToken), newest: null);
    }
}
