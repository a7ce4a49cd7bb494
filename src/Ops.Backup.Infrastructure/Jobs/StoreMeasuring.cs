using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Stores;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>Measures the stores.</summary>
internal sealed class StoreMeasuring(IMediator mediator, TimeProvider time, ILogger<StoreMeasuring> logger) : PeriodicWork(Interval, time, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override Task WorkAsync(CancellationToken stoppingToken) => mediator.Send(new MeasureStores(), stoppingToken);
}
