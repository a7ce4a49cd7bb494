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
    /// <example>true</example>
    public required bool Ok { get; init; }

    /// <example>17.6</example>
    public string? ServerVersion { get; init; }

    /// <summary>The database's size on the server's disk, in bytes.</summary>
    /// <example>9564515</example>
    public long? SizeBytes { get; init; }

    /// <summary>What the user may not do that a backup needs; empty when nothing is missing.</summary>
    /// <example>[]</example>
    public IReadOnlyList<string> MissingRights { get; init; } = [];

    /// <summary>The pg_dump that would be used.</summary>
    /// <example>/usr/lib/postgresql/17/bin/pg_dump</example>
    public string? Client { get; init; }

    /// <example>17.6</example>
    public string? ClientVersion { get; init; }

    /// <summary>Stable; docs/error-codes.md lists them. Null when the server could be asked.</summary>
    /// <example>null</example>
    public string? ErrorCode { get; init; }

    /// <example>null</example>
    public string? Error { get; init; }
}
