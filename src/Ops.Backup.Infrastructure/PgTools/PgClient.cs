namespace Ops.Backup.Infrastructure.PgTools;

/// <summary>One installed set of PostgreSQL client programs.</summary>
public sealed record PgClient(string Folder, Version Version)
{
    public string Dump => Path.Combine(Folder, "pg_dump");

    public string DumpAll => Path.Combine(Folder, "pg_dumpall");

    public string Restore => Path.Combine(Folder, "pg_restore");

    /// <summary>pg_dump compresses with zstd itself from 16 on.</summary>
    public bool HasZstd => Version.Major >= 16;
}
