using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>The configured node name, or the machine's.</summary>
public sealed class NodeIdentity(string? configuredName, NodeRole role = NodeRole.Both, IReadOnlyList<string>? labels = null) : INodeIdentity
{
    public string HostName { get; } = Environment.MachineName.Split('.')[0];

    public string Name { get; } = string.IsNullOrWhiteSpace(configuredName) ? Environment.MachineName : configuredName;

    public string InstanceId { get; } = Guid.CreateVersion7().ToString("N");

    public NodeRole Role => role;

    public IReadOnlyList<string> Labels { get; } = labels ?? [];
}
