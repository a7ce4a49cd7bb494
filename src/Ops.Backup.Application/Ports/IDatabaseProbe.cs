using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Application.Ports;

/// <summary>Looks at a source without changing it.</summary>
public interface IDatabaseProbe
{
    Task<ProbeResult> ProbeAsync(DatabaseSource source, CancellationToken cancellationToken);
}

/// <summary>What a test of a source found. <see cref="Ok"/> means that a full backup can be made now.</summary>
public sealed record ProbeResult
{
    public required bool Ok { get; init; }

    public string? ServerVersion { get; init; }

    /// <summary>The database's size on the server's disk, in bytes.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>What the user may not do that a backup needs; empty when nothing is missing.</summary>
    public IReadOnlyList<string> MissingRights { get; init; } = [];

    /// <summary>The pg_dump that would be used.</summary>
    public string? Client { get; init; }

    public string? ClientVersion { get; init; }

    public string? ErrorCode { get; init; }

    public string? Error { get; init; }
}
