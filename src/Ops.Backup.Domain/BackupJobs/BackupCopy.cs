using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Domain.BackupJobs;

public enum CopyStatus
{
    Pending,
    Syncing,
    Completed,
    Failed,

    /// <summary>It goes, and nothing stops that any more; how much of it is left is not known.</summary>
    Deleting,
}

/// <summary>The artifact in one store: <c>pending → syncing → completed | failed</c>, and from failed back by a repair; from any <c>deleting</c>, until it is gone.</summary>
public sealed class BackupCopy
{
    // One minute, then longer and longer; after the last only a person asks again.
    private static readonly TimeSpan[] Pauses =
        [.. new[] { 1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    private BackupCopy(string jobId, string storeId, string storeName, StoreKind kind) =>
        (JobId, StoreId, StoreName, Kind) = (jobId, storeId, storeName, kind);

    public string JobId { get; private set; }

    public string StoreId { get; private set; }

    /// <summary>As the store was called then.</summary>
    public string StoreName { get; private set; }

    public StoreKind Kind { get; private set; }

    /// <summary>The node whose disk it is on; null for a store that every node reaches.</summary>
    public string? Node { get; private set; }

    public CopyStatus Status { get; private set; }

    /// <summary>The dump, as the store names it.</summary>
    public string? Url { get; private set; }

    /// <summary>The dump's, as the store gave it back.</summary>
    public long? SizeBytes { get; private set; }

    /// <summary>The dump's, as the store gave it back, with its kind in front: <c>crc64:…</c>, <c>etag:…</c>.</summary>
    public string? Checksum { get; private set; }

    /// <summary><c>CODE: text</c>.</summary>
    public string? Error { get; private set; }

    /// <summary>Tries that failed since it was last completed.</summary>
    public int Attempts { get; private set; }

    /// <summary>When the next repair begins by itself; null when none will.</summary>
    public DateTimeOffset? NextTryAt { get; private set; }

    public DateTimeOffset? FinishedAt { get; private set; }

    internal static BackupCopy To(string jobId, Store store) => new(jobId, store.Id, store.Name, store.Kind);

    /// <summary>One that lies in the store already.</summary>
    internal static BackupCopy In(string jobId, Store store, string? node) => new(jobId, store.Id, store.Name, store.Kind) { Node = node };

    /// <summary>As a report has it: the store is known by name only, and its id is empty.</summary>
    internal static BackupCopy From(string jobId, ReportedCopy reported) => new(jobId, "", reported.Store, reported.Kind)
    {
        Node = reported.Node,
        Status = reported.Status,
        Url = reported.Url,
        SizeBytes = reported.SizeBytes,
        Checksum = reported.Checksum,
        Error = reported.Error,
    };

    internal void Begin(string node)
    {
        Status = CopyStatus.Syncing;
        if (Kind is StoreKind.Local) Node = node;
    }

    // What a repair or a scan saw before its deletion began says nothing any more.
    internal void End(StoredCopy outcome, DateTimeOffset now)
    {
        if (Status is CopyStatus.Deleting) return;
        if (outcome.Failure is { } failure)
        {
            Fail(failure, now, Attempts < Pauses.Length ? now + Pauses[Attempts] : null);
            return;
        }
        (Status, FinishedAt, Error, Attempts, NextTryAt) = (CopyStatus.Completed, now, null, 0, null);
        (Url, SizeBytes, Checksum) = (outcome.Url, outcome.SizeBytes, outcome.Checksum);
    }

    /// <summary>The run made nothing that could be copied.</summary>
    internal void GiveUp(BackupFailure failure, DateTimeOffset now)
    {
        if (Status is not CopyStatus.Deleting) Fail(failure, now, null);
    }

    private void Fail(BackupFailure failure, DateTimeOffset now, DateTimeOffset? nextTryAt) =>
        (Status, FinishedAt, Error, Attempts, NextTryAt) = (CopyStatus.Failed, now, failure.ToString(), Attempts + 1, nextTryAt);
}

/// <summary>What one store confirmed of a copy, or why it has none.</summary>
public sealed record StoredCopy(string StoreId, string? Url, long? SizeBytes, string? Checksum, BackupFailure? Failure = null)
{
    public static StoredCopy Failed(string storeId, BackupFailure failure) => new(storeId, null, null, null, failure);
}
