namespace Ops.Backup.Api.Errors;

internal static class ProblemEndpoints
{
    /// <summary>Documents the errors of an endpoint; all have the same shape.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses) endpoint.ProducesProblem(status);
        return endpoint;
    }
}
