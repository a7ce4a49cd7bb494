using MediatR;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Api.BackupJobs;

public static class JobEndpoints
{
    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup("/api/jobs").WithTags("Jobs").ProducesServerProblems();
        jobs.MapGet("/", (IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new GetJobBoard(), cancellationToken))
            .WithSummary("What is queued, running, scheduled and failed, and on which nodes").Produces<JobBoard>();
        jobs.MapPost("/{id}/retry", RetryAsync)
            .WithSummary("Try a failed or cancelled backup again").WithDescription("Makes a new backup with the same settings; its `retryOf` names the old one.")
            .Produces<BackupDetail>(202).ProducesProblems(404, 409);
    }

    private static async Task<IResult> RetryAsync(string id, IMediator mediator, CancellationToken cancellationToken) =>
        await BackupEndpoints.AcceptedAsync(await mediator.Send(new RetryBackup(id), cancellationToken), mediator, cancellationToken);
}
