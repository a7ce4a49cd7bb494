using MediatR;
using Microsoft.Net.Http.Headers;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Api.BackupJobs;

public static class BackupEndpoints
{
    public static void MapBackups(this IEndpointRouteBuilder app)
    {
        var backups = app.MapGroup("/api/backups").WithTags("Backups").ProducesServerProblems();
        backups.MapPost("/", RequestAsync)
            .WithSummary("Back up a source now")
            .WithDescription("Answers at once; follow `Location` to the end. `source` is a source's name or id. Types: `full`, `schema_only`, `data_only`. Formats: `custom`, `plain`, `directory` (with `jobs` connections, stored as one tar). Compressions: `zstd:1`-`zstd:19`, `gzip:0`-`gzip:9`, `none`. An equal request while one is unfinished is a 409 that names it in `conflictingId`.")
            .Produces<BackupDetail>(202).ProducesProblems(400, 404, 409);
        backups.MapGet("/{id}", (string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new GetBackup(id), cancellationToken))
            .WithSummary("One backup, with its progress while it runs")
            .WithDescription("While RUNNING: `phase`, `bytesSoFar`, `bytesPerSecond`, and by the size of the last equal backup `estimatedSecondsLeft`.")
            .Produces<BackupDetail>().ProducesProblems(404);
        backups.MapGet("/{id}/log", LogAsync)
            .WithSummary("The run's log").WithDescription("At most 256 KiB from the byte `from` on; the header `X-Next-Byte` says where to go on.")
            .Produces<string>(contentType: "text/plain").ProducesProblems(400, 404, 409);
        backups.MapPost("/{id}/cancel", CancelAsync)
            .WithSummary("Stop a queued or running backup").WithDescription("A running one ends within seconds; what it wrote is removed. A failed one that is to be tried again by itself (`retryAt`) is not.")
            .Produces<BackupDetail>(202).ProducesProblems(404, 409);
        backups.MapGet("/{id}/download", DownloadAsync)
            .WithSummary("The dump itself")
            .WithDescription("From the nearest good copy, or from the store that `store` names. Ranges work, so a download can be resumed; the ETag is the file's SHA-256. With `decrypt=true` an encrypted one comes in the clear, if this service has a secret key for it, as one stream without ranges.")
            .Produces<byte[]>(200, "application/octet-stream").Produces<byte[]>(206, "application/octet-stream").ProducesProblems(404, 409);
        backups.MapGet("/{id}/link", LinkAsync)
            .WithSummary("A link to a remote copy").WithDescription("Whoever has the link fetches the file straight from the store, for `validSeconds` (1 to 604800, 3600 when left out). It is a secret.")
            .Produces<ArtifactLink>().ProducesProblems(400, 404, 409);
        backups.MapPost("/{id}/copies/{store}/repair", RepairAsync)
            .WithSummary("Copy a backup into a store that lacks it").WithDescription("From a good copy, within seconds; `copies` shows how it goes. When every copy is there the backup is SUCCESS.")
            .Produces<BackupDetail>(202).ProducesProblems(404, 409);
        backups.MapDelete("/{id}", DeleteAsync)
            .WithSummary("Delete a backup: its files first, then it is marked").Produces(204).ProducesProblems(404, 409);
    }

    public static async Task<IResult> AcceptedAsync(string id, IMediator mediator, CancellationToken cancellationToken) =>
        Results.Accepted($"/api/backups/{id}", await mediator.Send(new GetBackup(id), cancellationToken));

    private static async Task<IResult> RequestAsync(RequestBackup request, IMediator mediator, CancellationToken cancellationToken) =>
        await AcceptedAsync(await mediator.Send(request, cancellationToken), mediator, cancellationToken);

    private static async Task<IResult> CancelAsync(string id, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new CancelBackup(id), cancellationToken);
        return await AcceptedAsync(id, mediator, cancellationToken);
    }

    private static async Task<IResult> DeleteAsync(string id, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteBackup(id), cancellationToken);
        return Results.NoContent();
    }

    private static async Task<IResult> LogAsync(string id, HttpContext http, IMediator mediator, CancellationToken cancellationToken, long from = 0)
    {
        var log = await mediator.Send(new ReadLog(id, from), cancellationToken);
        http.Response.Headers["X-Next-Byte"] = log.NextByte.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Results.Text(log.Text, "text/plain; charset=utf-8");
    }

    private static async Task<IResult> DownloadAsync(string id, IMediator mediator, CancellationToken cancellationToken, string? store = null, bool decrypt = false)
    {
        var artifact = await mediator.Send(new OpenArtifact(id, store, decrypt), cancellationToken);
        var tag = artifact.Sha256 is null ? null : new EntityTagHeaderValue($"\"{artifact.Sha256}\"");
        return Results.File(artifact.Content.Content, "application/octet-stream", artifact.Content.FileName, artifact.Content.ModifiedAt, tag, enableRangeProcessing: artifact.Content.Content.CanSeek);
    }

    private static Task<ArtifactLink> LinkAsync(string id, IMediator mediator, CancellationToken cancellationToken, string? store = null, int validSeconds = 3600) =>
        mediator.Send(new LinkArtifact(id, store, validSeconds), cancellationToken);

    private static async Task<IResult> RepairAsync(string id, string store, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new RequestRepair(id, store), cancellationToken);
        return await AcceptedAsync(id, mediator, cancellationToken);
    }
}
