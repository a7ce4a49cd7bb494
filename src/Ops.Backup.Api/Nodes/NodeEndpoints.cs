using Ops.Backup.Api.Errors;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Api.Nodes;

public static class NodeEndpoints
{
    public static void MapNodes(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/nodes", (IJobBoard board, CancellationToken cancellationToken) => board.ReadNodesAsync(cancellationToken)).WithTags("Nodes")
            .WithSummary("The nodes: role, version, load, last heartbeat")
            .WithDescription("A node beats every 5 s; `alive` means heard of in the last 30. All nodes go by the database's time; `clockOffsetMilliseconds` tells by how much a node's own clock is ahead of it.")
            .Produces<IReadOnlyList<NodeView>>().ProducesServerProblems();
}
