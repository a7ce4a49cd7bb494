using MediatR;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;

namespace Ops.Backup.Api.Reports;

public static class ReportEndpoints
{
    public static void MapReports(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/backups/reports", Receive).WithTags("Reports")
            .WithSummary("Takes the report of a run")
            .WithDescription("For hosts whose reports folder the service does not see. The body is one report, as docs/report-format.md has it. Sending it again changes nothing; a later version of it updates the backup.")
            // The second lets other types through to the check below; routing would refuse them without a code.
            .Accepts<object>("application/json", "*/*")
            .Produces<IngestedReport>(StatusCodes.Status201Created).Produces<IngestedReport>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesServerProblems();
        routes.MapGet("/api/report-errors", ListErrors).WithTags("Reports")
            .WithSummary("Lists report files that could not be loaded")
            .WithDescription("With file, place and reason; the last seen first. A file is read again when it changes, and leaves the list when it was loaded or is gone.")
            .Produces<ReportErrorPage>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesServerProblems();
    }

    private static async Task<IResult> Receive(HttpRequest request, IMediator mediator, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType()) return Refuse(StatusCodes.Status415UnsupportedMediaType, "REPORT_MEDIA_TYPE", "A report is sent as application/json.");
        if (await ReadAsync(request, cancellationToken) is not { } report)
            return Refuse(StatusCodes.Status413PayloadTooLarge, ReportErrors.TooLarge().Code, ReportErrors.TooLarge().Message);
        var ingested = await mediator.Send(new IngestReport(report), cancellationToken);
        return ingested.Added ? Results.Created($"/api/backups/{ingested.Id}", ingested) : Results.Ok(ingested);
    }

    private static Task<ReportErrorPage> ListErrors(IMediator mediator, CancellationToken cancellationToken, int? page = null, int? pageSize = null) =>
        mediator.Send(new ListReportErrors(page, pageSize), cancellationToken);

    // Null when there is more than a report may have; the rest is not read.
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > ReportLimits.Bytes) return null;
        using var report = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (report.Length + count > ReportLimits.Bytes) return null;
            report.Write(buffer, 0, count);
        }
        return report.ToArray();
    }

    private static IResult Refuse(int status, string code, string reason) =>
        Results.Problem(reason, statusCode: status, extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = code });
}
