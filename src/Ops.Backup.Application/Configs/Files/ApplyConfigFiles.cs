using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Configs.Files;

/// <summary>Makes the configs of the files, and no others, the configured ones. Every node says it when it starts.</summary>
public sealed record ApplyConfigFiles : IRequest<ConfigFileDiff>;

public sealed class ApplyConfigFilesHandler(ConfigFileReader files, IConfiguredConfigs configs, TimeProvider time) : IRequestHandler<ApplyConfigFiles, ConfigFileDiff>
{
    public async Task<ConfigFileDiff> Handle(ApplyConfigFiles request, CancellationToken cancellationToken)
    {
        var set = await files.ReadAsync(cancellationToken);
        ConfigFileDiff? diff = null;
        await configs.DefineAsync(
            known =>
            {
                (var write, diff) = set.Compare(known, time.GetUtcNow());
                return write;
            },
            cancellationToken);
        return diff!;
    }
}
