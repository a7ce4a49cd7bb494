using System.ComponentModel.DataAnnotations;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Api.Startup;

/// <summary>The section <c>Service</c> of the configuration.</summary>
public sealed class ServiceOptions
{
    public const string Section = "Service";

    /// <summary>The service's own folder: keys, lock, and the embedded PostgreSQL.</summary>
    [Required]
    public string DataFolder { get; set; } = "/var/lib/ops-backup";

    /// <summary>The node's name among the nodes; the machine's name when empty.</summary>
    [StringLength(100)]
    public string? NodeName { get; set; }

    /// <summary>Where the keys for stored passwords lie; <c>keys</c> in the data folder when empty. Nodes that share a database share it.</summary>
    public string? KeyFolder { get; set; }

    /// <summary>Where the embedded PostgreSQL's programs are; found by themselves when empty.</summary>
    public string? PostgresBinFolder { get; set; }

    /// <summary><c>api</c>, <c>worker</c> or <c>both</c>: whether the node answers the API, runs backups, or does both.</summary>
    public NodeRole Role { get; set; } = NodeRole.Both;

    /// <summary>Configs may ask for a node that has one of them.</summary>
    public IReadOnlyList<string> Labels { get; set; } = [];

    /// <summary>The folder of config files that are applied at each start; none when empty. Nodes that share a database have the same files.</summary>
    public string? ConfigFolder { get; set; }

    public string Keys => string.IsNullOrEmpty(KeyFolder) ? Path.Combine(DataFolder, "keys") : KeyFolder;
}
