using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Configs.Files;

/// <summary>What applying the config files would change now. It changes nothing.</summary>
public sealed record DiffConfigFiles : IRequest<ConfigFileDiff>;

public sealed class DiffConfigFilesHandler(ConfigFileReader files, IConfiguredConfigs configs, TimeProvider time) : IRequestHandler<DiffConfigFiles, ConfigFileDiff>
{
    public async Task<ConfigFileDiff> Handle(DiffConfigFiles request, CancellationToken cancellationToken)
    {
        var set = await files.ReadAsync(cancellationToken);
        return set.Compare(await configs.AllAsync(cancellationToken), time.GetUtcNow()).Diff;
    }
}
