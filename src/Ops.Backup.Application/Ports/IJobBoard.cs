using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Application.Ports;

/// <summary>Reads jobs as they are shown, past the aggregate.</summary>
public interface IJobBoard
{
    Task<BackupDetail?> FindAsync(string id, CancellationToken cancellationToken);

    Task<JobBoard> ReadAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<NodeView>> ReadNodesAsync(CancellationToken cancellationToken);
}
