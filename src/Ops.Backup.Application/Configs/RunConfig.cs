using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Configs;

/// <summary>Runs a config now, by hand, also a disabled one. Its schedule goes on as planned.</summary>
public sealed record RunConfig(string Id) : IRequest<string>;

public sealed class RunConfigHandler(IConfigs configs, ISources sources, IStores stores, IBackupJobs jobs, TimeProvider time) : IRequestHandler<RunConfig, string>
{
    /// <returns>The id of the new job.</returns>
    public async Task<string> Handle(RunConfig request, CancellationToken cancellationToken)
    {
        var config = await configs.GetAsync(request.Id, cancellationToken);
        var source = await sources.GetAsync(config.SourceId, cancellationToken);
        var all = await stores.ListAsync(cancellationToken);
        var job = config.RunNow(new RunSetting(source, config.StoresAmong(all)), time.GetUtcNow());
        await jobs.AddAsync(job, cancellationToken);
        return job.Id;
    }
}
