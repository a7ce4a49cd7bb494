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
}
