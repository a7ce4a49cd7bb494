using MediatR;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Configs;

/// <summary>Turns every config whose time has come into a job.</summary>
public sealed record StartDueConfigs : IRequest;

public sealed partial class StartDueConfigsHandler(IConfigs configs, ILogger<StartDueConfigsHandler> logger) : AsyncRequestHandler<StartDueConfigs>
{
    // What one transaction locks and writes.
    private const int Batch = 100;

    protected override async Task Handle(StartDueConfigs request, CancellationToken cancellationToken)
    {
        while (await configs.StartDueAsync(Batch, Start, cancellationToken) == Batch) { }
    }

    private IReadOnlyList<BackupJob> Start(DueConfig due)
    {
        try
        {
            return due.Config.StartDue(due.Setting, due.BusyWith, due.OwnUnfinished, due.Now);
        }
        catch (DomainException e)
        {
            // One config that can't run, for want of a store say, must not keep the others from it.
            due.Config.Stumble(new BackupFailure(e.Code, e.Message), due.Now);
            LogNotStarted(logger, e, due.Config.Name);
            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Config {Config} was due and could not be started; its next time is planned")]
    private static partial void LogNotStarted(ILogger logger, Exception exception, string config);
}
