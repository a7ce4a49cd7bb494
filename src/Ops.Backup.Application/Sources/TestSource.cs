using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Sources;

/// <summary>Connects and tells what a backup would meet: version, size, missing rights, the client to be used.</summary>
public sealed record TestSource(string Id) : IRequest<ProbeResult>;

public sealed class TestSourceHandler(ISources sources, IDatabaseProbe probe) : IRequestHandler<TestSource, ProbeResult>
{
    public async Task<ProbeResult> Handle(TestSource request, CancellationToken cancellationToken) =>
        await probe.ProbeAsync(await sources.GetAsync(request.Id, cancellationToken), cancellationToken);
}
