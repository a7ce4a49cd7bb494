using MediatR;
using Ops.Backup.Api.BackupJobs;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Retention;

namespace Ops.Backup.Api.Retention;

public static class RetentionEndpoints
{
    public static void MapRetention(this IEndpointRouteBuilder app)
    {
        var retention = app.MapGroup("/api/retention").WithTags("Retention").ProducesServerProblems();
        retention.MapPost("/preview", (PreviewRetention request, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(request, cancellationToken))
            .WithSummary("What a rule would delete, and why the rest stays")
            .WithDescription("Of a config's own rules, or of others that are not saved. Nothing is changed. The lists are cut off at `limit` backups each; counts, bytes and `reasons` are of all.")
            .Produces<RetentionPreview>().ProducesProblems(400, 404);
        retention.MapGet("/failures", (IMediator mediator, CancellationToken cancellationToken, int limit = 100) => mediator.Send(new ListDeletionFailures(limit), cancellationToken))
            .WithSummary("Deletions that failed, and those that wait for a node")
            .WithDescription("Each is tried again by itself, after a minute at first, after an hour at last. A copy on a node's disk is deleted by that node only.")
            .Produces<PendingDeletions>().ProducesProblems(400);
        app.MapPost("/api/configs/{id}/retention/apply", (string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new ApplyRetention(id), cancellationToken))
            .WithTags("Retention").WithSummary("Delete now what the rules of a config do not keep")
            .WithDescription("The service does so by itself every ten minutes. `id` is the config's id or name. At most 1000 backups at once; `left` says how many remain.")
            .Produces<RetentionResult>().ProducesProblems(404, 409).ProducesServerProblems();
        var hold = app.MapGroup("/api/backups/{id}/hold").WithTags("Retention").ProducesServerProblems();
        hold.MapPut("/", HoldAsync).WithSummary("Keep a backup from being deleted")
            .WithDescription("By rules and by people, until then. A hold that is there is replaced.").Produces<BackupDetail>().ProducesProblems(400, 404, 409);
        hold.MapDelete("/", ReleaseAsync).WithSummary("Take the hold away").Produces(204).ProducesProblems(404, 409);
    }

    private static async Task<BackupDetail> HoldAsync(string id, HoldForm form, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new HoldBackup(id, form), cancellationToken);
        return await mediator.Send(new GetBackup(id), cancellationToken);
    }

    private static async Task<IResult> ReleaseAsync(string id, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new ReleaseBackup(id), cancellationToken);
        return Results.NoContent();
    }
}
