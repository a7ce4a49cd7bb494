using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>How each database stands, and how the last days went.</summary>
public sealed record SummarizeBackups(int? Days = null) : IRequest<BackupSummary>;

public sealed class SummarizeBackupsHandler(IBackupCatalogue catalogue, TimeProvider time) : IRequestHandler<SummarizeBackups, BackupSummary>
{
    public Task<BackupSummary> Handle(SummarizeBackups request, CancellationToken cancellationToken) => request.Days is < 1 or > 366
        ? throw new InvalidValueException("DAYS_OUT_OF_RANGE", "days", "days goes from 1 to 366.")
        : catalogue.SummarizeAsync(request.Days ?? 30, time.GetUtcNow(), cancellationToken);
}

/// <param name="Days">Every day of the period in UTC, the oldest first; one without backups has zeros.</param>
public sealed record BackupSummary(DateTimeOffset GeneratedAt, IReadOnlyList<DatabaseSummary> Databases, IReadOnlyList<DaySummary> Days);

/// <summary>One database on one server: two servers may each have a database of the same name.</summary>
public sealed record DatabaseSummary
{
    public string? Database { get; init; }

    public required string Host { get; init; }

    public required string Port { get; init; }

    /// <summary>All backups, of any status.</summary>
    public required long Count { get; init; }

    public required long Succeeded { get; init; }

    public required long Failed { get; init; }

    /// <summary>Of the successful ones.</summary>
    public required long Bytes { get; init; }

    /// <summary>Successes among the successes and failures of the last 30 days, 0 to 1; null when there were none.</summary>
    public double? SuccessRate { get; init; }

    public NewestSuccess? LastSuccess { get; init; }
}

/// <param name="AgeSeconds">Since it started: what was written to the database after that is not in it.</param>
public sealed record NewestSuccess(string Id, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long? SizeBytes, long AgeSeconds);

/// <param name="Bytes">Of the successful ones.</param>
public sealed record DaySummary(DateOnly Date, long Succeeded, long Failed, long Canceled, long Bytes);
