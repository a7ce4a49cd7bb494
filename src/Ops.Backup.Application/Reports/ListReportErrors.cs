using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.Reports;

public sealed record ListReportErrors(int? Page = null, int? PageSize = null) : IRequest<ReportErrorPage>;

public sealed class ListReportErrorsHandler(IReportErrors errors) : IRequestHandler<ListReportErrors, ReportErrorPage>
{
    private const int MaxPage = 50_000;

    public Task<ReportErrorPage> Handle(ListReportErrors request, CancellationToken cancellationToken)
    {
        var (page, pageSize) = (request.Page ?? 1, request.PageSize ?? 50);
        if (page is < 1 or > MaxPage) throw new InvalidValueException("PAGE_OUT_OF_RANGE", "page", $"page goes from 1 to {MaxPage}.");
        if (pageSize is < 1 or > 200) throw new InvalidValueException("PAGE_SIZE_OUT_OF_RANGE", "pageSize", "pageSize goes from 1 to 200.");
        return errors.ListAsync(page, pageSize, cancellationToken);
    }
}
