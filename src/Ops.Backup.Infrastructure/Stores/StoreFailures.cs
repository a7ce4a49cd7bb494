using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>What kept a store from taking a copy, with its stable code.</summary>
internal static class StoreFailures
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    public static BackupFailure Of(Exception e) => e switch
    {
        StoreException failed => new BackupFailure(failed.Code, failed.Message),
        BackupFailedException failed => failed.Failure,
        IOException { HResult: NoSpaceLeft or QuotaExceeded } => new BackupFailure(StoreCodes.DiskFull, $"The disk is full: {e.Message}"),
        OperationCanceledException => new BackupFailure("CANCELED", "It was stopped."),
        IOException or UnauthorizedAccessException => new BackupFailure(StoreCodes.Failed, e.Message),
        _ => new BackupFailure("INTERNAL_ERROR", $"An unexpected {e.GetType().Name}."),
    };
}
