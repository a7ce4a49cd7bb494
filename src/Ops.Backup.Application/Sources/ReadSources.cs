using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Sources;

public sealed record ListSources : IRequest<IReadOnlyList<SourceView>>;

public sealed record GetSource(string Id) : IRequest<SourceView>;

public sealed class ReadSourcesHandler(ISources sources) : IRequestHandler<ListSources, IReadOnlyList<SourceView>>, IRequestHandler<GetSource, SourceView>
{
    public async Task<IReadOnlyList<SourceView>> Handle(ListSources request, CancellationToken cancellationToken) =>
        [.. (await sources.ListAsync(cancellationToken)).Select(SourceView.Of)];

    public async Task<SourceView> Handle(GetSource request, CancellationToken cancellationToken) =>
        SourceView.Of(await sources.GetAsync(request.Id, cancellationToken));
}
