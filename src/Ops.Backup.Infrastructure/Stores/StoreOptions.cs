using System.ComponentModel.DataAnnotations;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>The section <c>Stores</c> of the configuration: how patient the service is with remote stores.</summary>
public sealed class StoreOptions
{
    public const string Section = "Stores";

    /// <summary>Seconds without a byte moving after which a try has failed; the whole transfer has no limit.</summary>
    [Range(1, 3600)]
    public int IdleSeconds { get; set; } = 60;

    /// <summary>How often a call is tried, the first time among them; pauses grow in between.</summary>
    [Range(1, 20)]
    public int Attempts { get; set; } = 6;

    internal TimeSpan Idle => TimeSpan.FromSeconds(IdleSeconds);
}
