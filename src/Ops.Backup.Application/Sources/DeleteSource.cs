using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Sources;

/// <summary>Its backups stay, without a source.</summary>
public sealed record DeleteSource(string Id) : IRequest;

public sealed class DeleteSourceHandler(ISources sources, IBackupJobs jobs) : AsyncRequestHandler<DeleteSource>
{
    protected override async Task Handle(DeleteSource request, CancellationToken cancellationToken)
    {
        var source = await sources.GetAsync(request.Id, cancellationToken);
        if (await jobs.FindUnfinishedOfAsync(source.Id, cancellationToken) is { } running) throw SourceErrors.InUse(source, running);
        await sources.RemoveAsync(source, cancellationToken);
    }
}
