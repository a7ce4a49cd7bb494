using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Repairs copies whose time has come.</summary>
internal sealed class RepairSweep(IMediator mediator, TimeProvider time, ILogger<RepairSweep> logger) : PeriodicWork(Interval, time, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    protected override Task WorkAsync(CancellationToken stoppingToken) => mediator.Send(new RepairCopies(), stoppingToken);
}
