using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain;

namespace Ops.Backup.Api.Errors;

/// <summary>
/// The one place where an error becomes an answer: problem details (RFC 9457) with a stable <c>code</c>. What was not expected is
/// logged whole and answered without a detail, because an exception's message may hold anything.
/// </summary>
public sealed partial class ProblemDetailsExceptionHandler(IProblemDetailsService problems, ILogger<ProblemDetailsExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested) return true;
        var problem = ProblemOf(exception);
        if (problem.Status >= StatusCodes.Status500InternalServerError) LogUnexpected(logger, exception, httpContext.Request.Method, httpContext.Request.Path);
        httpContext.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem, Exception = exception });
    }

    private static ProblemDetails ProblemOf(Exception exception) => exception switch
    {
        InvalidValueException e => Problem(400, "A value can't be", e.Code, e.Message, ("field", e.Field)),
        NotFoundException e => Problem(404, "Not found", e.Code, e.Message),
        ConflictException e => Problem(409, "Not possible in the present state", e.Code, e.Message, ("conflictingId", e.ConflictingId)),
        ReportRejectedException e => Problem(400, "The report is refused", e.Code, e.Message, ("place", e.Place)),
        DomainException e => Problem(400, "Refused", e.Code, e.Message),
        ValidationException e => Problem(400, "A value can't be", e.Errors.First().ErrorCode, string.Join(" ", e.Errors.Select(fault => fault.ErrorMessage)),
            ("field", JsonNamingPolicy.CamelCase.ConvertName(e.Errors.First().PropertyName))),
        BadHttpRequestException e => Malformed(e),
        StoreException e => Problem(IsForUser(e.Code) ? 409 : 502, IsForUser(e.Code) ? "The store has to be set right" : "The store does not work now", e.Code, e.Message),
        SecretUnreadableException e => Problem(409, "The store has to be set right", "SECRET_UNREADABLE", e.Message),
        DatabaseUnavailableException => Problem(503, "Try again later", "DATABASE_UNAVAILABLE", "The service's database does not answer now."),
        _ => Problem(500, "Unexpected error", "INTERNAL_ERROR", "Something unexpected happened; the service's log tells more."),
    };

    // Who asks can set these right; the rest is the store's own trouble.
    private static bool IsForUser(string code) => code is StoreCodes.WrongKey or StoreCodes.TokenExpired or StoreCodes.WrongRegion or StoreCodes.NoBucket or StoreCodes.Denied
        or StoreCodes.ClockSkew or StoreCodes.Full or StoreCodes.DiskFull or StoreCodes.ToolMissing;

    private static ProblemDetails Malformed(BadHttpRequestException e) => e.InnerException is JsonException json
        ? Problem(400, "The body can't be read", "MALFORMED_JSON", $"The body is not the JSON that was expected, at {json.Path ?? "$"}: {Readable(json)}", ("field", json.Path))
        : Problem(e.StatusCode, "The request can't be read", e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "BODY_TOO_LARGE" : "MALFORMED_REQUEST", e.Message);

    // The serializer names our types, which say nothing to the one who asked.
    private static string Readable(JsonException json) =>
        json.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) ? "this key is not known."
        : json.Message.Contains("could not be converted to", StringComparison.Ordinal) ? "this value has the wrong type."
        : json.Message.Split(" Path:")[0];

    private static ProblemDetails Problem(int status, string title, string code, string detail, params (string Name, string? Value)[] extensions)
    {
        var problem = new ProblemDetails { Status = status, Title = title, Detail = detail, Extensions = { ["code"] = code } };
        foreach (var (name, value) in extensions)
            if (value is not null) problem.Extensions[name] = value;
        return problem;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, string method, PathString path);
}
