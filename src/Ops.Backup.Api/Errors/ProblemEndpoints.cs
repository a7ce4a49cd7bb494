namespace Ops.Backup.Api.Errors;

internal static class ProblemEndpoints
{
    /// <summary>Documents the errors of an endpoint; all have the same shape.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses) endpoint.ProducesProblem(status);
        return endpoint;
    }

    /// <summary>Documents what any endpoint that asks the database may answer.</summary>
    public static RouteGroupBuilder ProducesServerProblems(this RouteGroupBuilder group) =>
        group.ProducesProblem(StatusCodes.Status500InternalServerError).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
}
