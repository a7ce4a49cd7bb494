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
    public required string Id { get; init; }

    public required string Database { get; init; }

    public required string Host { get; init; }

    public required string Port { get; init; }

    public string? SourceId { get; init; }

    public string? ConfigId { get; init; }

    public string? RetryOf { get; init; }

    /// <summary>PENDING, RUNNING, SUCCESS, FAILED or CANCELED.</summary>
    public required string Status { get; init; }

    public required string Trigger { get; init; }

    public required string Type { get; init; }

    public required string Method { get; init; }

    public required string Format { get; init; }

    public required string Compression { get; init; }

    public required int Jobs { get; init; }

    public required bool IncludeGlobals { get; init; }

    public required string Mode { get; init; }

    public required string Tool { get; init; }

    public string? Description { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public long? DurationSeconds { get; init; }

    /// <summary>While it is unfinished: queued, connecting, dumping, packing, globals, storing or done.</summary>
    public string? Phase { get; init; }

    /// <summary>Bytes of the artifact written so far.</summary>
    public long? BytesSoFar { get; init; }

    public long? BytesPerSecond { get; init; }

    /// <summary>The size of the last equal backup; null when there is none to go by.</summary>
    public long? EstimatedBytes { get; init; }

    public long? EstimatedSecondsLeft { get; init; }

    public long? SizeBytes { get; init; }

    public string? LocalFile { get; init; }

    public required IReadOnlyList<string> RemoteUrls { get; init; }

    /// <summary>SHA-256 of the dump, 64 hex digits.</summary>
    public string? Checksum { get; init; }

    public required IReadOnlyList<ArtifactFile> Files { get; init; }

    public string? LogFile { get; init; }

    public string? ReportFile { get; init; }

    public string? ServerVersion { get; init; }

    public string? ClientVersion { get; init; }

    public string? Node { get; init; }

    /// <summary>The strongest verification that passed: restore_test, integrity_check or checksum.</summary>
    public string? Proof { get; init; }

    public required IReadOnlyList<VerificationView> Verifications { get; init; }

    /// <summary><c>CODE: text</c>.</summary>
    public string? ErrorMessage { get; init; }
}

/// <param name="Status">passed or failed.</param>
public sealed record VerificationView(string Type, string Status, string Result, long DurationMilliseconds, DateTimeOffset VerifiedAt, string VerifiedBy);
