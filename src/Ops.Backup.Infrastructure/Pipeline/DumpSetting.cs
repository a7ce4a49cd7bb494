using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>What the programs of one run share.</summary>
/// <param name="Command">How the dump is made; null for what is not compressed.</param>
public sealed record DumpSetting(BackupJob Job, DatabaseSource Source, PgClient Client, DumpCommand? Command, RunLog Log, string ConnInfo, string PassFilePath)
{
    public ProcessSpec Dump(int lockWaitSeconds, string? folder) => Program(Client.Dump, Command!.Arguments(ConnInfo, lockWaitSeconds, folder));

    /// <summary>Without a passfile of our own libpq would look for the service user's.</summary>
    public ProcessSpec Program(string path, IReadOnlyList<string> arguments) => new(path, arguments)
    {
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = PassFilePath },
    };

    /// <summary>What the server's administrator sees of a run, and what marks its processes on this machine.</summary>
    public static string ApplicationName(string jobId) => $"ops-backup/{jobId}";

    /// <summary>
    /// Ends what a dead service's pg_dump left. The kernel ends pg_dump with the service, but not the workers of a parallel dump:
    /// those go on to the end of their table.
    /// </summary>
    public static void EndLeftovers(string jobId) => RunningProcesses.Kill("pg_dump", ApplicationName(jobId));

    public static string Describe(ProcessSpec spec) => $"run: {spec.FileName} {string.Join(' ', spec.Arguments)}";
}
