using System.ComponentModel;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.Statistics;

namespace Ops.Backup.Api.Statistics;

public static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes) => routes.MapGet("/api/statistics", Get).WithTags("Statistics")
        .WithSummary("How the backups do, for a dashboard")
        .WithDescription("""
            Indicators with value, goal and whether it is met; every database and every config, the worst first, with counts, rates, medians and a trend; and a daily series.
            A success rate is the succeeded runs among the succeeded and failed ones: canceled, skipped and missed ones never ran to an end and are counted beside it;
            `missed_runs` is an indicator of its own. Each retry is a run. `newest_backup_age` and `size_plausible` are of the worst database, with `config` of that config;
            `disk_share` is of the fullest local store whatever is asked for. Bytes, seconds, UTC.
            400: `NUMBER_OUT_OF_RANGE`, `PARAMETERS_CONTRADICT`, `UNKNOWN_PARAMETER`. 404: `CONFIG_NOT_FOUND`.
            """)
        .Produces<BackupStatistics>().ProducesProblems(400, 404).ProducesServerProblems();

    // Declared for the API's description, and read where names that are not declared are seen too.
    private static Task<BackupStatistics> Get([AsParameters] StatisticsParameters _, HttpRequest request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Send(new GetStatistics(request.QueryTexts()), cancellationToken);
}

/// <summary>All as text: what is wrong with a value is told by the use case, with the field and a code.</summary>
public sealed record StatisticsParameters
{
    [FromQuery(Name = "days"), Description("1 to 366 days with today as the last, 30 by default.")]
    public string? Days { get; init; }

    [FromQuery(Name = "database"), Description("Only databases of this name and their configs.")]
    public string? Database { get; init; }

    [FromQuery(Name = "config"), Description("Only this config, by name or id; not with database.")]
    public string? Config { get; init; }

    [FromQuery(Name = "limit"), Description("How many databases and how many configs are listed, 1 to 200; 20 by default.")]
    public string? Limit { get; init; }
}
