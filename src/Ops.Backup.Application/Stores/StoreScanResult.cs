namespace Ops.Backup.Application.Stores;

/// <summary>What a scan found and did. Of each list the first 1000 are shown; the count beside it is of all.</summary>
/// <param name="Objects" example="120">Files in the store.</param>
/// <param name="Bytes" example="1073741824">All of them together.</param>
/// <param name="ReportsLoaded" example="3">Reports of backups that the table did not know.</param>
/// <param name="ReportsUnreadable">Reports that were refused.</param>
/// <param name="ReportsUnreadableCount" example="0">How many.</param>
/// <param name="CopiesWhole" example="27">Copies that are where the table has them, with the right size.</param>
/// <param name="CopiesFound" example="3">Copies that the table did not know.</param>
/// <param name="CopiesConfirmed" example="1">Copies that had failed and are whole, as their SHA-256 shows.</param>
/// <param name="CopiesLost">Copies that are gone or have another size; they are repaired from another copy, where there is one.</param>
/// <param name="CopiesLostCount" example="0">How many.</param>
/// <param name="Strays">Files that belong to no backup.</param>
/// <param name="StraysCount" example="0">How many.</param>
/// <param name="Unfinished">What uploads left that began more than a day ago.</param>
/// <param name="UnfinishedCount" example="0">How many.</param>
public sealed record StoreScanResult(
    long Objects, long Bytes, long ReportsLoaded, IReadOnlyList<UnreadableReport> ReportsUnreadable, long ReportsUnreadableCount, long CopiesWhole, long CopiesFound,
    long CopiesConfirmed, IReadOnlyList<LostCopy> CopiesLost, long CopiesLostCount, IReadOnlyList<ScannedFile> Strays, long StraysCount,
    IReadOnlyList<ScannedFile> Unfinished, long UnfinishedCount);

/// <param name="Name" example="orders_20261121T030000Z_db1.json">As the store has it.</param>
/// <param name="Code" example="REPORT_NOT_JSON">One of reports, or of stores.</param>
/// <param name="Reason" example="It is not JSON, or not all of it is there.">For people.</param>
public sealed record UnreadableReport(string Name, string Code, string Reason);

/// <param name="BackupId" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2a77">The backup.</param>
/// <param name="Database" example="orders">Its database.</param>
/// <param name="Reason" example="STORE_OBJECT_MISSING: orders_20261121T030000Z_db1.dump is not there (any more).">Code and text.</param>
public sealed record LostCopy(string BackupId, string Database, string Reason);

/// <param name="Name" example="old.dump">As the store has it.</param>
/// <param name="SizeBytes" example="1048576">-1 where the store does not tell.</param>
/// <param name="ModifiedAt" example="2026-11-21T03:00:00Z">UTC; null where the store does not tell.</param>
public sealed record ScannedFile(string Name, long SizeBytes, DateTimeOffset? ModifiedAt);

/// <summary>Counts all, keeps the first.</summary>
internal sealed class FirstOf<T>
{
    public const int Kept = 1000;

    private readonly List<T> _items = [];

    public IReadOnlyList<T> Items => _items;

    public long Count { get; private set; }

    public void Add(T item)
    {
        Count++;
        if (_items.Count < Kept) _items.Add(item);
    }
}
