using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.Retention;

/// <summary>Deletions that failed, and those that wait for a node.</summary>
public sealed record ListDeletionFailures(int Limit) : IRequest<PendingDeletions>;

/// <param name="Failed" example="1">Backups of which something could not be deleted.</param>
/// <param name="Waiting" example="0">Backups of which something waits for the node on whose disk it is, or was begun just now.</param>
/// <param name="Items">The first of both, the one that is due soonest first.</param>
public sealed record PendingDeletions(long Failed, long Waiting, IReadOnlyList<PendingDeletion> Items);

/// <param name="Id" example="0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f">The backup's id.</param>
/// <param name="ConfigId" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2a55">Its config; null when that was deleted.</param>
/// <param name="Database" example="chinook">The database.</param>
/// <param name="StartedAt" example="2026-10-01T03:00:00Z">UTC.</param>
/// <param name="SizeBytes" example="412345">The dump's.</param>
/// <param name="Whole" example="true">All of it goes; else only the copies in these stores.</param>
/// <param name="Stores" example="[&quot;offsite&quot;]">The stores that it is still to be deleted from.</param>
/// <param name="WaitsFor" example="[]">The nodes on whose disks that is.</param>
/// <param name="Error" example="STORE_UNREACHABLE: offsite: connection refused">Why the last try failed, <c>CODE: text</c>; null when none did.</param>
/// <param name="Attempts" example="2">Tries that failed.</param>
/// <param name="NextTryAt" example="2026-11-21T03:05:00Z">UTC.</param>
public sealed record PendingDeletion(
    string Id, string? ConfigId, string? Database, DateTimeOffset StartedAt, long? SizeBytes, bool Whole, IReadOnlyList<string> Stores, IReadOnlyList<string> WaitsFor,
    string? Error, int Attempts, DateTimeOffset NextTryAt);

public sealed class ListDeletionFailuresHandler(IDeletions deletions) : IRequestHandler<ListDeletionFailures, PendingDeletions>
{
    private const int Most = 1000;

    public Task<PendingDeletions> Handle(ListDeletionFailures request, CancellationToken cancellationToken) => request.Limit is >= 1 and <= Most
        ? deletions.ListAsync(request.Limit, cancellationToken)
        : throw new InvalidValueException("VALUE_OUT_OF_RANGE", "limit", $"limit is {request.Limit}; it goes from 1 to {Most}.");
}
