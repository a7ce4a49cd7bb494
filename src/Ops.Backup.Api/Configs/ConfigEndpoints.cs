using System.Text.Json;
using MediatR;
using Ops.Backup.Api.BackupJobs;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Configs;

namespace Ops.Backup.Api.Configs;

public static class ConfigEndpoints
{
    public static void MapConfigs(this IEndpointRouteBuilder app)
    {
        var configs = app.MapGroup("/api/configs").WithTags("Configs").ProducesServerProblems();
        configs.MapGet("/", ListAsync)
            .WithSummary("The configs of automatic backups, by name").WithDescription("20 a page; `search` is in the name. Each with its next five starts and its newest backup.")
            .Produces<ConfigPage>().ProducesProblems(400, 404);
        configs.MapPost("/", CreateAsync)
            .WithSummary("Back up a source automatically")
            .WithDescription("Schedules: five cron fields (`0 2 * * *`), `@daily` and the like, or plain words (`every 6 hours`, `weekly Sunday 02:00`, `last day of the month 03:00`, `每天 02:00`); `POST /api/schedules/preview` shows what one does.")
            .Produces<ConfigView>(201).ProducesProblems(400, 404, 409);
        configs.MapGet("/{id}", (string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new GetConfig(id), cancellationToken))
            .WithSummary("One config, by id or name").Produces<ConfigView>().ProducesProblems(404);
        configs.MapPut("/{id}", UpdateAsync).Accepts<ConfigForm>("application/json")
            .WithSummary("Change a config").WithDescription("What is left out stays; a key with null gets its default: `\"schedule\": null` takes the schedule away.")
            .Produces<ConfigView>().ProducesProblems(400, 404, 409);
        configs.MapDelete("/{id}", DeleteAsync)
            .WithSummary("Delete a config; its backups stay").WithDescription("Their `configId` becomes null, so that no retention deletes them any more.").Produces(204).ProducesProblems(404, 409);
        configs.MapPost("/{id}/enable", (string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new EnableConfig(id, Enabled: true), cancellationToken))
            .WithSummary("Let its schedule run").Produces<ConfigView>().ProducesProblems(404);
        configs.MapPost("/{id}/disable", (string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new EnableConfig(id, Enabled: false), cancellationToken))
            .WithSummary("Stop its schedule; what runs goes on").Produces<ConfigView>().ProducesProblems(404);
        configs.MapPost("/{id}/run", RunAsync)
            .WithSummary("Run it now").WithDescription("Also a disabled one. The schedule goes on as planned. A 409 names the run of it that is unfinished.")
            .Produces<BackupDetail>(202).ProducesProblems(404, 409);
        configs.MapPost("/{id}/clone", CloneAsync)
            .WithSummary("Copy it under another name; the copy is disabled").Produces<ConfigView>(201).ProducesProblems(400, 404, 409);
        configs.MapExport();
    }

    public static void MapSchedules(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/schedules/preview", (PreviewSchedule preview, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(preview, cancellationToken)).WithTags("Configs")
            .WithSummary("What a schedule would do").WithDescription("For showing it while it is typed: the cron fields and the words that it means, and the next starts. What is wrong is a 400 that names the part.")
            .Produces<SchedulePreview>().ProducesProblems(400).ProducesServerProblems();

    private static Task<ConfigPage> ListAsync(
        HttpRequest request, IMediator mediator, CancellationToken cancellationToken, string? search = null, string? source = null, string? enabled = null, string? page = null, string? pageSize = null) =>
        mediator.Send(new ListConfigs(request.QueryTexts()), cancellationToken);

    private static async Task<IResult> CreateAsync(ConfigForm config, IMediator mediator, CancellationToken cancellationToken)
    {
        var created = await mediator.Send(new CreateConfig(config), cancellationToken);
        return Results.Created($"/api/configs/{created.Id}", created);
    }

    private static Task<ConfigView> UpdateAsync(string id, JsonElement change, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new UpdateConfig(id, change), cancellationToken);

    private static async Task<IResult> DeleteAsync(string id, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteConfig(id), cancellationToken);
        return Results.NoContent();
    }

    private static async Task<IResult> RunAsync(string id, IMediator mediator, CancellationToken cancellationToken) =>
        await BackupEndpoints.AcceptedAsync(await mediator.Send(new RunConfig(id), cancellationToken), mediator, cancellationToken);

    private static async Task<IResult> CloneAsync(string id, ConfigCopy copy, IMediator mediator, CancellationToken cancellationToken)
    {
        var created = await mediator.Send(new CloneConfig(id, copy.Name), cancellationToken);
        return Results.Created($"/api/configs/{created.Id}", created);
    }
}

/// <param name="Name" example="nightly-copy">The copy's name; unique.</param>
public sealed record ConfigCopy(string? Name);
