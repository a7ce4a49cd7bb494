using System.Text.Json;
using MediatR;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Api.Stores;

public static class StoreEndpoints
{
    public static void MapStores(this IEndpointRouteBuilder app)
    {
        var stores = app.MapGroup("/api/stores").WithTags("Stores").ProducesServerProblems();
        stores.MapGet("/", (IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new ListStores(), cancellationToken))
            .WithSummary("All stores, by name").Produces<IReadOnlyList<StoreView>>();
        stores.MapPost("/", CreateAsync)
            .WithSummary("Add a store")
            .WithDescription("`kind` decides which keys `settings` has. Credentials are stored encrypted and never come back. Nothing is contacted; use the test for that. "
                + "400: `UNKNOWN_KEY`, `TYPE_WRONG`, `UNKNOWN_WORD`, `BUCKET_INVALID`, `ENDPOINT_INVALID`, `PREFIX_INVALID`, `PATH_INVALID`, `REMOTE_INVALID`, `RECIPIENT_INVALID`, `CREDENTIALS_INVALID`, `VALUE_…`. 409: `STORE_NAME_TAKEN`.")
            .Produces<StoreView>(201).ProducesProblems(400, 409);
        stores.MapGet("/{id}", GetAsync)
            .WithSummary("One store, by id or name").WithDescription("404: `STORE_NOT_FOUND`.").Produces<StoreView>().ProducesProblems(404);
        stores.MapPut("/{id}", UpdateAsync)
            .WithSummary("Change a store")
            .WithDescription("What is left out stays as it is, also within `settings` and `credentials`; a setting that is null is as if never given, a credential that is empty is removed, `bytesPerSecond` 0 takes the limit away. "
                + "400: as for a new one, and `KIND_FIXED`. 404: `STORE_NOT_FOUND`. 409: `STORE_NAME_TAKEN`, `STORE_CONFIGURED`.")
            .Produces<StoreView>().ProducesProblems(400, 404, 409);
        stores.MapDelete("/{id}", DeleteAsync)
            .WithSummary("Remove a store that holds no backups").WithDescription("404: `STORE_NOT_FOUND`. 409: `STORE_IN_USE`, `STORE_CONFIGURED`.").Produces(204).ProducesProblems(404, 409);
        stores.MapPost("/{id}/test", TestAsync)
            .WithSummary("Store, read, list and delete files as a backup will")
            .WithDescription("Takes at most two minutes and sends 9 MiB. `ok` is true when every check passed; a check that did not says in `code` and `message` why, and what to do. The files, `.ops-backup-test-…`, are deleted whatever happens.")
            .Produces<StoreTestResult>().ProducesProblems(404);
        stores.MapPost("/{id}/scan", ScanAsync)
            .WithSummary("Compare what lies in a store with the table, and correct the table")
            .WithDescription("Loads reports that are not known, with their copies; copies that are gone or have another size become failed, and are repaired from others; failed ones that are whole are confirmed. "
                + "Nothing is deleted: what belongs to no backup is named. Of a local store only this node's disk is read. "
                + "404: `STORE_NOT_FOUND`. 409: `SCAN_RUNNING`, and what can be set right: `STORE_KEY_WRONG`, `STORE_BUCKET_MISSING`… 502: the store's own trouble: `STORE_UNREACHABLE`…")
            .Produces<StoreScanResult>().ProducesProblems(404, 409, 502);
        stores.MapGet("/{id}/usage", UsageAsync)
            .WithSummary("How full a store was")
            .WithDescription("Measured about every 10 minutes; after 400 days one measure a day is kept. A long series comes in a thousand steps a node. The last 30 days when nothing else is asked for. "
                + "400: `TIME_INVALID`, `RANGE_REVERSED`, `UNKNOWN_PARAMETER`, `PARAMETER_REPEATED`. 404: `STORE_NOT_FOUND`.")
            .Produces<IReadOnlyList<StoreMeasure>>().ProducesProblems(400, 404);
    }

    /// <param name="store" example="{&quot;name&quot;:&quot;second-disk&quot;,&quot;kind&quot;:&quot;local&quot;,&quot;settings&quot;:{&quot;folder&quot;:&quot;/var/tmp/ops-backup-copies&quot;}}">A place for copies of backups.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static async Task<IResult> CreateAsync(CreateStore store, IMediator mediator, CancellationToken cancellationToken)
    {
        var created = await mediator.Send(store, cancellationToken);
        return Results.Created($"/api/stores/{created.Id}", created);
    }

    /// <param name="id" example="local">Its id or name.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static Task<StoreView> GetAsync(string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new GetStore(id), cancellationToken);

    /// <param name="id" example="second-disk">Its id or name.</param>
    /// <param name="change" example="{&quot;settings&quot;:{&quot;folder&quot;:&quot;/var/tmp/ops-backup-copies&quot;}}">Only what is to change.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static Task<StoreView> UpdateAsync(string id, StoreChange change, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Send(change.Of(id), cancellationToken);

    /// <param name="id" example="second-disk">Its id or name.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static async Task<IResult> DeleteAsync(string id, IMediator mediator, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteStore(id), cancellationToken);
        return Results.NoContent();
    }

    /// <param name="id" example="local">Its id or name.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static Task<StoreTestResult> TestAsync(string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new TestStore(id), cancellationToken);

    /// <param name="id" example="local">Its id or name.</param>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static Task<StoreScanResult> ScanAsync(string id, IMediator mediator, CancellationToken cancellationToken) => mediator.Send(new ScanStore(id), cancellationToken);

    /// <param name="id" example="local">Its id or name.</param>
    /// <param name="from" example="2026-11-01">Measured then or later: a date (midnight UTC), or a time with Z or an offset.</param>
    /// <param name="to" example="2026-12-01">Measured before; written like from.</param>
    /// <param name="request"/>
    /// <param name="mediator"/>
    /// <param name="cancellationToken"/>
    private static Task<IReadOnlyList<StoreMeasure>> UsageAsync(string id, string? from, string? to, HttpRequest request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Send(new GetStoreUsage(id, request.QueryTexts()), cancellationToken);
}

/// <summary>A change to a store; what is left out stays.</summary>
/// <param name="Name" example="second-disk">What people call it; unique.</param>
/// <param name="Kind" example="local">What it is already, or left out.</param>
/// <param name="Settings" example="{&quot;folder&quot;:&quot;/var/tmp/ops-backup-copies&quot;}">Only the keys that are to change.</param>
/// <param name="Credentials" example="{}">A part that is left out stays; an empty text removes it.</param>
/// <param name="Recipients" example="[]">All of them; an empty list removes them.</param>
/// <param name="BytesPerSecond" example="0">0 takes the limit away.</param>
/// <param name="IsDefault" example="false">Whether backups that name no store go here.</param>
/// <param name="MaxConcurrent" example="0">Backups that may write into it at once; 0 takes the limit away.</param>
public sealed record StoreChange(
    string? Name, string? Kind, JsonElement? Settings, StoreCredentials? Credentials, IReadOnlyList<string>? Recipients, long? BytesPerSecond, bool? IsDefault, int? MaxConcurrent = null)
{
    internal UpdateStore Of(string id) => new(id, Name, Kind, Settings, Credentials, Recipients, BytesPerSecond, IsDefault, MaxConcurrent);
}
