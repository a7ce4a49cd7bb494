using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Keeps a backup from being deleted, by a rule or a person.</summary>
/// <param name="Reason" example="audit of 2026">Why; at most 500 characters.</param>
/// <param name="Until" example="2027-12-31T00:00:00Z">Until when, with Z or an offset.</param>
public sealed record HoldForm(string? Reason, DateTimeOffset? Until);

public sealed record HoldBackup(string Id, HoldForm Hold) : IRequest;

public sealed record ReleaseBackup(string Id) : IRequest;

public sealed class HoldBackupHandler(IDeletions deletions, TimeProvider time) : IRequestHandler<HoldBackup>, IRequestHandler<ReleaseBackup>
{
    public async Task<Unit> Handle(HoldBackup request, CancellationToken cancellationToken)
    {
        var until = request.Hold.Until ?? throw new InvalidValueException("VALUE_MISSING", "until", "until is missing.");
        await deletions.HoldAsync(request.Id, new Hold(request.Hold.Reason, until, time.GetUtcNow()), cancellationToken);
        return Unit.Value;
    }

    public async Task<Unit> Handle(ReleaseBackup request, CancellationToken cancellationToken)
    {
        await deletions.HoldAsync(request.Id, hold: null, cancellationToken);
        return Unit.Value;
    }
}
