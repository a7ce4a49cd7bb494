using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>A report that was dealt with, as <c>report_file</c> has it. Without an error it was loaded.</summary>
public sealed record RecordedReport(FoundReport File, string? Sha256, Application.Reports.ReportRejectedException? Error, string? JobId);

public sealed record KnownReport(string Path, long Size, DateTimeOffset ModifiedAt, bool Loaded, bool ByThisNode);

/// <summary>
/// What this node has read already, by path: a file whose size and time are the same is not read again. A path is kept as its hash,
/// about 60 bytes a report however long the path is.
/// </summary>
internal sealed class ReportMemory
{
    /// <summary>Files of this age may change once more without getting another time.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private const long NotRead = -1;
    private const int NeverSeen = 0;

    private readonly Dictionary<UInt128, Entry> _entries = [];
    private int _scan = 1;

    /// <summary>From the table, at start. What was refused is read once more: a newer version of the service may know better.</summary>
    public void Recall(KnownReport report) => _entries[Hash(report.Path)] =
        new Entry(report.Loaded ? report.Size : NotRead, report.ModifiedAt.UtcTicks, report.ByThisNode ? _scan : NeverSeen);

    public void StartScan() => _scan++;

    /// <summary>Notes that the file is there.</summary>
    /// <returns>False when it is known as it is.</returns>
    public bool HasNews(FoundReport file)
    {
        var hash = Hash(file.Path);
        var known = _entries.GetValueOrDefault(hash, new Entry(NotRead, 0, NeverSeen));
        _entries[hash] = known with { SeenInScan = _scan };
        return known.Size != file.Size || known.ModifiedTicks != file.ModifiedAt.UtcTicks;
    }

    public void Remember(FoundReport file, DateTimeOffset now)
    {
        if ((now - file.ModifiedAt).Duration() < Fresh) return;
        _entries[Hash(file.Path)] = new Entry(file.Size, file.ModifiedAt.UtcTicks, _scan);
    }

    /// <summary>
    /// Whether this node saw files earlier that it did not see in this scan. Those that only another node saw are that node's: its
    /// folder may not be shared.
    /// </summary>
    public bool AnyVanished => _entries.Values.Any(IsGone);

    public bool HasVanished(string path) => _entries.TryGetValue(Hash(path), out var entry) && IsGone(entry);

    public void ForgetVanished()
    {
        foreach (var (hash, _) in _entries.Where(pair => IsGone(pair.Value)).ToList()) _entries.Remove(hash);
    }

    private bool IsGone(Entry entry) => entry.SeenInScan != _scan && entry.SeenInScan != NeverSeen;

    private static UInt128 Hash(string path)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(path), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private readonly record struct Entry(long Size, long ModifiedTicks, int SeenInScan);
}
