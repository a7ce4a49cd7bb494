namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>Where the private PostgreSQL cluster lives and with which binaries it runs.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>The service's data folder, held by a <see cref="DataFolderLock"/>; the cluster is in its subfolder <c>postgres</c>.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The folder of <c>initdb</c> and <c>postgres</c>; null looks in PATH and in <c>/usr/lib/postgresql/*/bin</c>.</summary>
    public string? BinFolder { get; init; }

    /// <summary>Server settings on top of ours, for instance <c>fsync=off</c> for a cluster that only has to outlive a test run.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
