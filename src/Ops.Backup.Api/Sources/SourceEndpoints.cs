using MediatR;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Sources;

namespace Ops.Backup.Api.Sources;

public static class SourceEndpoints
{
    public static void MapSources(this IEndpointRouteBuilder app)
    {
        var sources = app.MapGroup("/api/sources").WithTags("Sources").ProducesServerProblems();
        sources.MapGet("/", (IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new ListSources(), cancellationToken))
            .WithSummary("All sources, by name").Produces<IReadOnlyList<SourceView>>();
        sources.MapPost("/", CreateAsync)
            .WithSummary("Add a source")
            .WithDescription("The password is stored encrypted and never comes back. Nothing is contacted; use the test for that.")
            .Produces<SourceView>(201).ProducesProblems(400, 409);
        sources.MapGet("/{id}", (string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new GetSource(id), cancellationToken))
            .WithSummary("One source, by id or name").Produces<SourceView>().ProducesProblems(404);
        sources.MapPut("/{id}", UpdateAsync)
            .WithSummary("Change a source").WithDescription("What is left out stays as it is. An empty password removes the stored one.")
            .Produces<SourceView>().ProducesProblems(400, 404, 409);
        sources.MapDelete("/{id}", DeleteAsync)
            .WithSummary("Remove a source; its backups stay").Produces(204).ProducesProblems(404, 409);
        sources.MapPost("/{id}/test", (string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new TestSource(id), cancellationToken))
            .WithSummary("Connect, and tell what a backup would meet")
            .WithDescription("Server version, size in bytes, rights that are missing, and the pg_dump that would be used. `ok` is true when a full backup can be made now; else `errorCode` and `error`, or `missingRights`, say why not.")
            .Produces<ProbeResult>().ProducesProblems(404);
    }

    private static async Task<IResult> CreateAsync(CreateSource source, IMediator mediator, CancellationToken cancellationToken)
    {
        var created = await mediator.Send(source, cancellationToken);
        return Results.Created($"/api/sources/{created.Id}", created);
    }

    /// <param name="id" example="chinook">Its id or name.</param>
    /// <param name="change" example="{&quot;host&quot;:&quot;127.0.0.1&quot;}">Only what is to change.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static Task<SourceView> UpdateAsync(string id, SourceChange change, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Send(change.Of(id), cancellationToken);

    private static async Task<IResult> DeleteAsync(string id, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteSource(id), cancellationToken);
        return Results.NoContent();
    }
}

/// <summary>A change to a source; what is left out stays.</summary>
/// <param name="Name" example="chinook">What people call it; unique.</param>
/// <param name="Host" example="127.0.0.1">A host name, an IP address, or the folder of a Unix socket.</param>
/// <param name="Port" example="5432">1 to 65535.</param>
/// <param name="Database" example="chinook">The database's real name.</param>
/// <param name="User" example="backup">The role that connects.</param>
/// <param name="Password" example="change me">Left out it stays; an empty text removes it.</param>
public sealed record SourceChange(string? Name, string? Host, int? Port, string? Database, string? User, string? Password)
{
    internal UpdateSource Of(string id) => new(id, Name, Host, Port, Database, User, Password);
}
