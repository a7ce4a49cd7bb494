using System.Diagnostics;
using System.Globalization;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>
/// What an earlier server left behind in a cluster: a postmaster that is still shutting down, backends whose postmaster was killed
/// and that hold its shared memory, a postmaster.pid whose number some other program has by now. The caller holds the data
/// folder's lock, so whatever PostgreSQL process works in that folder is a leftover of ours.
/// </summary>
internal static class OldServer
{
    private static readonly TimeSpan Fast = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Immediate = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <exception cref="EmbeddedPostgresException">A process does not end, however it is asked.</exception>
    public static async Task EndAsync(string cluster, CancellationToken cancellationToken)
    {
        foreach (var (signal, patience) in ((int, TimeSpan)[])[(UnixSignal.Interrupt, Fast), (UnixSignal.Quit, Immediate), (UnixSignal.Kill, Immediate)])
        {
            if (await EndWithAsync(signal, patience, cluster, cancellationToken))
            {
                if (Directory.Exists(cluster)) File.Delete(PidFile(cluster));
                return;
            }
        }
        throw new EmbeddedPostgresException($"Processes of an earlier PostgreSQL still use {cluster} and don't end: {string.Join(", ", Find(cluster))}. End them by hand.");
    }

    private static async Task<bool> EndWithAsync(int signal, TimeSpan patience, string cluster, CancellationToken cancellationToken)
    {
        var told = new HashSet<int>();
        var clock = Stopwatch.StartNew();
        while (Find(cluster) is { Count: > 0 } processes)
        {
            if (clock.Elapsed > patience) return false;
            // A living postmaster ends its backends itself. Without one they get QUIT: it makes them leave even from a long query.
            if (ReadPid(cluster) is { } postmaster && processes.Contains(postmaster)) Tell(postmaster, signal);
            else foreach (var orphan in processes) Tell(orphan, signal == UnixSignal.Kill ? signal : UnixSignal.Quit);
            await Task.Delay(Poll, cancellationToken);
        }
        return true;

        void Tell(int process, int what)
        {
            if (told.Add(process)) UnixSignal.Send(process, what);
        }
    }

    private static List<int> Find(string cluster)
    {
        var postmaster = ReadPid(cluster);
        return [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && IsServer(id, cluster, id == postmaster))];
    }

    // Every PostgreSQL process stays in its cluster's folder. In a container without CAP_SYS_PTRACE root can't see that of another
    // user's process; the number in postmaster.pid then has to do.
    private static bool IsServer(int id, string cluster, bool isInPidFile)
    {
        try
        {
            if (!string.Equals(File.ReadAllText($"/proc/{id}/comm").TrimEnd(), "postgres", StringComparison.Ordinal) || IsZombie(id)) return false;
            return new FileInfo($"/proc/{id}/cwd").LinkTarget is { } folder ? string.Equals(folder, cluster, StringComparison.Ordinal) : isInPidFile;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it ended while we looked
        }
    }

    private static bool IsZombie(int id) => File.ReadAllText($"/proc/{id}/stat") is var stat && stat[(stat.LastIndexOf(')') + 1)..].StartsWith(" Z", StringComparison.Ordinal);

    private static int? ReadPid(string cluster)
    {
        try
        {
            return int.TryParse(File.ReadLines(PidFile(cluster)).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (IOException)
        {
            return null; // none there: it shut down in order
        }
    }

    private static string PidFile(string cluster) => Path.Combine(cluster, "postmaster.pid");
}
