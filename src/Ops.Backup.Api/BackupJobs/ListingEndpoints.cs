using System.ComponentModel;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Api.BackupJobs;

public static class ListingEndpoints
{
    public static void MapBackupListing(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/backups", List).WithTags("Backups")
            .WithSummary("Lists backups")
            .WithDescription("""
                Newest first, 20 a page. Filters are combined with and; status may be given several times, or once with commas. `next` of the answer is the
                value of `after` for the next page: a walk with it costs the same on every page, never counts, and stays right while backups come and go.
                `total=false` leaves the count out. Parameters that don't exist, and values that can't be, are refused.
                """)
            .Produces<BackupPage>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesServerProblems();
        routes.MapGet("/api/backups/summary", Summarize).WithTags("Backups")
            .WithSummary("How each database stands, and a daily series")
            .WithDescription("For each database on each server the newest success and its age, counts, bytes and the success rate of 30 days; and for each of the last `days` days (UTC) what was backed up.")
            .Produces<BackupSummary>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesServerProblems();
    }

    // The parameters are declared for the API's description; they are read where names that are not declared are seen too.
    private static Task<BackupPage> List([AsParameters] ListingParameters _, HttpRequest request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Send(new ListBackups(request.QueryTexts()), cancellationToken);

    private static Task<BackupSummary> Summarize(
        IMediator mediator, CancellationToken cancellationToken, [Description("1 to 366 days, 30 by default.")] int? days = null) =>
        mediator.Send(new SummarizeBackups(days), cancellationToken);
}

/// <summary>All as text: what is wrong with a value is told by the use case, with the field and a code.</summary>
public sealed record ListingParameters
{
    [FromQuery(Name = "page"), Description("From 1; as far as 10,000,000 backups. Use after to go deeper.")]
    public string? Page { get; init; }

    [FromQuery(Name = "pageSize"), Description("1 to 200, 20 by default.")]
    public string? PageSize { get; init; }

    [FromQuery(Name = "sort"), Description("startedAt, size, duration, database or status; with a leading - downwards. -startedAt by default.")]
    public string? Sort { get; init; }

    [FromQuery(Name = "after"), Description("next of the page before, in the same order; not with page or total=true.")]
    public string? After { get; init; }

    [FromQuery(Name = "total"), Description("true (default without after) or false: whether to count all that match.")]
    public string? Total { get; init; }

    [FromQuery(Name = "database")]
    public string? Database { get; init; }

    [FromQuery(Name = "status"), Description("PENDING, RUNNING, SUCCESS, FAILED, CANCELED; several are allowed.")]
    public string[]? Status { get; init; }

    [FromQuery(Name = "mode"), Description("local, oss or both.")]
    public string? Mode { get; init; }

    [FromQuery(Name = "type"), Description("full, incremental, differential, schema_only, data_only or wal.")]
    public string? Type { get; init; }

    [FromQuery(Name = "trigger"), Description("manual, automatic or reported.")]
    public string? Trigger { get; init; }

    [FromQuery(Name = "host"), Description("The database's host.")]
    public string? Host { get; init; }

    [FromQuery(Name = "config"), Description("A config's name or id.")]
    public string? Config { get; init; }

    [FromQuery(Name = "recipient"), Description("Encrypted to this public key of age.")]
    public string? Recipient { get; init; }

    [FromQuery(Name = "from"), Description("Started then or later: 2026-11-21 (midnight UTC), 2026-11-21T03:00:00Z or with an offset.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("Started before; written like from.")]
    public string? To { get; init; }

    [FromQuery(Name = "minSize"), Description("Bytes.")]
    public string? MinSize { get; init; }

    [FromQuery(Name = "maxSize"), Description("Bytes.")]
    public string? MaxSize { get; init; }

    [FromQuery(Name = "q"), Description("At least two characters of the description, the file or the error; letter case does not count.")]
    public string? Q { get; init; }
}
