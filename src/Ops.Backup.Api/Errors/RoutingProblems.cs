using System.Net;
using System.Text.Json;

namespace Ops.Backup.Api.Errors;

/// <summary>What ASP.NET Core refuses by itself (an unknown address, method or media type) gets a code too, made of its status: NOT_FOUND.</summary>
internal static class RoutingProblems
{
    public static void AddCode(ProblemDetailsContext context)
    {
        var status = (HttpStatusCode)(context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode);
        context.ProblemDetails.Extensions.TryAdd("code", JsonNamingPolicy.SnakeCaseUpper.ConvertName(status.ToString()));
    }
}
