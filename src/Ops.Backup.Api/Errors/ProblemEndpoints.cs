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
    public static TBuilder ProducesServerProblems<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.ProducesProblem(StatusCodes.Status500InternalServerError).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
}
