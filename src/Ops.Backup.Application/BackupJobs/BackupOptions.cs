using System.ComponentModel.DataAnnotations;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>The section <c>Backup</c> of the configuration. The default folders are those that host scripts use.</summary>
public sealed class BackupOptions
{
    public const string Section = "Backup";

    /// <summary>Where artifacts lie.</summary>
    [Required]
    public string DataFolder { get; set; } = "/data/db-backups/data";

    /// <summary>Where this service writes its reports.</summary>
    [Required]
    public string ReportFolder { get; set; } = "/data/db-backups/reports";

    /// <summary>One log a run.</summary>
    [Required]
    public string LogFolder { get; set; } = "/var/log/db-backup";

    /// <summary>Dumps at once on this node; the rest waits in order.</summary>
    [Range(1, 64)]
    public int MaxConcurrent { get; set; } = 2;

    /// <summary>Dumps at once on one host of databases, whichever nodes run them; 0 for any number.</summary>
    [Range(0, 1000)]
    public int MaxConcurrentPerHost { get; set; } = 4;

    /// <summary>Seconds that a running backup has to end by itself when the service is stopped; then it is handed over.</summary>
    [Range(0, 24 * 3600)]
    public int StopGraceSeconds { get; set; } = 10;

    /// <summary>Seconds after which a run is stopped and failed.</summary>
    [Range(1, 7 * 24 * 3600)]
    public int TimeLimitSeconds { get; set; } = 6 * 3600;

    /// <summary>Seconds that pg_dump waits for a table that somebody has locked.</summary>
    [Range(1, 24 * 3600)]
    public int LockWaitSeconds { get; set; } = 60;

    /// <summary>Seconds to reach a server.</summary>
    [Range(1, 600)]
    public int ConnectSeconds { get; set; } = 15;

    /// <summary>Where PostgreSQL's client programs are; when empty, in <c>/usr/lib/postgresql/*/bin</c> and PATH.</summary>
    public IReadOnlyList<string> ClientFolders { get; set; } = [];

    /// <summary>
    /// A file of secret keys of age, readable by the service alone, with which encrypted backups are verified and downloaded in the
    /// clear; when left out nothing here can open them, which is the safer way.
    /// </summary>
    public string? AgeIdentityFile { get; set; }
}
