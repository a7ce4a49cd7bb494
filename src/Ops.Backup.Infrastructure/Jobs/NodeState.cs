namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>What this node tells of itself by its heartbeat.</summary>
internal sealed class NodeState
{
    private volatile bool _stopping;

    /// <summary>It takes no more jobs.</summary>
    public bool Stopping
    {
        get => _stopping;
        set => _stopping = value;
    }
}
