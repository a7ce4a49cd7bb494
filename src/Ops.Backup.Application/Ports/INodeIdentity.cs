namespace Ops.Backup.Application.Ports;

/// <summary>Who this process is among the nodes.</summary>
public interface INodeIdentity
{
    /// <summary>Stable over restarts; unique among the nodes.</summary>
    string Name { get; }

    /// <summary>Of this life of the process only: a restarted node knows that it is not its predecessor.</summary>
    string InstanceId { get; }

    /// <summary>The machine's short name, as file names have it.</summary>
    string HostName { get; }

    NodeRole Role { get; }

    /// <summary>Configs may ask for a node that has one of them.</summary>
    IReadOnlyList<string> Labels { get; }
}

/// <summary>What a node does: answer the API, run backups, or both.</summary>
public enum NodeRole { Api, Worker, Both }
