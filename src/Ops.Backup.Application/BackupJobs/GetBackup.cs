using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

public sealed record GetBackup(string Id) : IRequest<BackupDetail>;

public sealed class GetBackupHandler(IJobBoard board) : IRequestHandler<GetBackup, BackupDetail>
{
    public async Task<BackupDetail> Handle(GetBackup request, CancellationToken cancellationToken) =>
        await board.FindAsync(request.Id, cancellationToken) ?? throw BackupJobErrors.NotFound(request.Id);
}

/// <summary>Everything about one backup. Sizes are bytes, times UTC, durations seconds.</summary>
public sealed record BackupDetail
{
    /// <example>0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f</example>
    public required string Id { get; init; }

    /// <example>chinook</example>
    public required string Database { get; init; }

    /// <example>127.0.0.1</example>
    public required string Host { get; init; }

    /// <summary>Text, because reports have it so.</summary>
    /// <example>5432</example>
    public required string Port { get; init; }

    /// <summary>Null once the source was deleted, and for runs that were reported.</summary>
    /// <example>01999f3a-7c10-7b52-9a41-3d1f0b8e2a77</example>
    public string? SourceId { get; init; }

    /// <example>null</example>
    public string? ConfigId { get; init; }

    /// <summary>What its config was called then.</summary>
    /// <example>nightly</example>
    public string? Config { get; init; }

    /// <summary>The time of the schedule that it is for; null when a person asked.</summary>
    /// <example>2026-11-21T02:00:00Z</example>
    public DateTimeOffset? ScheduledFor { get; init; }

    /// <summary>The backup that this one tries again.</summary>
    /// <example>null</example>
    public string? RetryOf { get; init; }

    /// <summary>1, and one more with each retry.</summary>
    /// <example>1</example>
    public required int Attempt { get; init; }

    /// <summary>When it is tried again by itself; null when it is not, or was.</summary>
    /// <example>null</example>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The newest backup that tries this one again.</summary>
    /// <example>null</example>
    public string? RetriedBy { get; init; }

    /// <summary>The higher runs first.</summary>
    /// <example>0</example>
    public required int Priority { get; init; }

    /// <summary>The only node that may run it; null for any.</summary>
    /// <example>null</example>
    public string? WantedNode { get; init; }

    /// <summary>A label that the node must have; null for any.</summary>
    /// <example>null</example>
    public string? WantedLabel { get; init; }

    /// <summary>PENDING, RUNNING, SUCCESS, FAILED or CANCELED.</summary>
    /// <example>SUCCESS</example>
    public required string Status { get; init; }

    /// <summary>manual, automatic or reported (by a host script).</summary>
    /// <example>manual</example>
    public required string Trigger { get; init; }

    /// <example>full</example>
    public required string Type { get; init; }

    /// <example>pg_dump</example>
    public required string Method { get; init; }

    /// <example>custom</example>
    public required string Format { get; init; }

    /// <example>zstd:1</example>
    public required string Compression { get; init; }

    /// <example>1</example>
    public required int Jobs { get; init; }

    /// <example>true</example>
    public required bool IncludeGlobals { get; init; }

    /// <summary>local, oss or both.</summary>
    /// <example>local</example>
    public required string Mode { get; init; }

    /// <example>pg_dump</example>
    public required string Tool { get; init; }

    /// <example>before the upgrade</example>
    public string? Description { get; init; }

    /// <example>2026-11-21T03:00:00Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was asked for, until it starts.</summary>
    /// <example>2026-11-21T03:00:00Z</example>
    public required DateTimeOffset StartedAt { get; init; }

    /// <example>2026-11-21T03:00:02Z</example>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <example>2</example>
    public long? DurationSeconds { get; init; }

    /// <summary>While it is unfinished: queued, connecting, dumping, packing, globals, storing or done.</summary>
    /// <example>null</example>
    public string? Phase { get; init; }

    /// <summary>While it is PENDING: a node that may run it, another backup of its source, or a free place on a node, host or store.</summary>
    /// <example>null</example>
    public string? WaitingFor { get; init; }

    /// <summary>Bytes of the artifact written so far.</summary>
    /// <example>null</example>
    public long? BytesSoFar { get; init; }

    /// <example>null</example>
    public long? BytesPerSecond { get; init; }

    /// <summary>The size of the last equal backup; null when there is none to go by.</summary>
    /// <example>null</example>
    public long? EstimatedBytes { get; init; }

    /// <example>null</example>
    public long? EstimatedSecondsLeft { get; init; }

    /// <example>412345</example>
    public long? SizeBytes { get; init; }

    /// <example>/data/db-backups/data/chinook_20261121T030000Z_db1.dump</example>
    public string? LocalFile { get; init; }

    /// <example>[]</example>
    public required IReadOnlyList<string> RemoteUrls { get; init; }

    /// <summary>SHA-256 of the dump, 64 hex digits.</summary>
    /// <example>9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08</example>
    public string? Checksum { get; init; }

    /// <summary>What the run made: dump, globals, checksum, instructions.</summary>
    /// <example>[{"role":"dump","name":"chinook_20261121T030000Z_db1.dump","path":"/data/db-backups/data/chinook_20261121T030000Z_db1.dump","sizeBytes":412345,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]</example>
    public required IReadOnlyList<ArtifactFile> Files { get; init; }

    /// <example>/var/log/db-backup/chinook_20261121T030000Z_db1.log</example>
    public string? LogFile { get; init; }

    /// <example>/data/db-backups/reports/chinook_20261121T030000Z_db1.json</example>
    public string? ReportFile { get; init; }

    /// <example>17.6</example>
    public string? ServerVersion { get; init; }

    /// <example>17.6</example>
    public string? ClientVersion { get; init; }

    /// <summary>The node that runs it or ran it.</summary>
    /// <example>db1</example>
    public string? Node { get; init; }

    /// <summary>The strongest verification that passed: restore_test, integrity_check or checksum.</summary>
    /// <example>integrity_check</example>
    public string? Proof { get; init; }

    public required IReadOnlyList<VerificationView> Verifications { get; init; }

    /// <summary>The artifact in each of its stores; empty for a run that a host script reported.</summary>
    public required IReadOnlyList<CopyView> Copies { get; init; }

    /// <summary>Public keys of age that it is encrypted to; empty when it is not.</summary>
    /// <example>[]</example>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary><c>CODE: text</c>.</summary>
    /// <example>null</example>
    public string? ErrorMessage { get; init; }

    /// <summary>Why it must not be deleted, and until when; also one that is over. Null when nobody holds it.</summary>
    public HoldView? Hold { get; init; }

    /// <summary>Why its last deletion by retention failed, <c>CODE: text</c>; it is tried again by itself.</summary>
    /// <example>null</example>
    public string? DeleteError { get; init; }
}

/// <param name="Reason" example="audit of 2026">Why.</param>
/// <param name="Until" example="2027-12-31T00:00:00Z">UTC.</param>
public sealed record HoldView(string Reason, DateTimeOffset Until);

/// <param name="Type" example="integrity_check">checksum, integrity_check or restore_test.</param>
/// <param name="Status" example="passed">passed or failed.</param>
/// <param name="Result" example="pg_restore read the whole archive.">What was done and found.</param>
/// <param name="DurationMilliseconds" example="140">How long it took.</param>
/// <param name="VerifiedAt" example="2026-11-21T03:00:03Z">UTC.</param>
/// <param name="VerifiedBy" example="db1">The node.</param>
public sealed record VerificationView(string Type, string Status, string Result, long DurationMilliseconds, DateTimeOffset VerifiedAt, string VerifiedBy);

/// <param name="Store" example="local">The store's name.</param>
/// <param name="StoreId" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2a99">Its id.</param>
/// <param name="Kind" example="local">local, oss, s3 or rclone.</param>
/// <param name="Node" example="db1">The node whose disk it is on; null for a store that every node reaches.</param>
/// <param name="Status" example="completed">pending, syncing, completed, failed, or deleting: it goes, and can't be read any more.</param>
/// <param name="Url" example="/data/db-backups/data/chinook_20261121T030000Z_db1.dump">The dump, as the store names it.</param>
/// <param name="SizeBytes" example="412345">The dump's, as the store gave it back.</param>
/// <param name="Checksum" example="crc64:11051210869376104954">The dump's, as the store gave it back; null where it gives none.</param>
/// <param name="ErrorMessage" example="null"><c>CODE: text</c>.</param>
/// <param name="Attempts" example="0">Tries that failed.</param>
/// <param name="NextTryAt" example="null">When the next repair begins by itself; UTC.</param>
/// <param name="FinishedAt" example="2026-11-21T03:00:02Z">UTC.</param>
public sealed record CopyView(
    string Store, string StoreId, string Kind, string? Node, string Status, string? Url, long? SizeBytes, string? Checksum, string? ErrorMessage, int Attempts,
    DateTimeOffset? NextTryAt, DateTimeOffset? FinishedAt);
