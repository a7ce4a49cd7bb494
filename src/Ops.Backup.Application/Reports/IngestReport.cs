using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.Reports;

/// <summary>
/// Takes one report that a host without a shared folder sent. Only the row is kept. Its versions count in the order in which they
/// arrive.
/// </summary>
public sealed record IngestReport(ReadOnlyMemory<byte> Report) : IRequest<IngestedReport>;

public sealed record IngestedReport(string Id, bool Added);

public sealed class IngestReportHandler(IReportedRuns runs, TimeProvider time) : IRequestHandler<IngestReport, IngestedReport>
{
    public async Task<IngestedReport> Handle(IngestReport request, CancellationToken cancellationToken)
    {
        var run = ReportParser.Parse(request.Report) with { ReportModifiedAt = time.GetUtcNow() };
        var loaded = (await runs.LoadAsync([run], cancellationToken))[0];
        return loaded switch
        {
            { Refusal: { } refusal } => throw refusal,
            { Result: LoadResult.Busy } => throw new ConflictException(
                "BACKUP_STILL_RUNNING", "A node is running this backup now; send its report again when it has ended.", loaded.JobId),
            _ => new IngestedReport(loaded.JobId!, loaded.Result is LoadResult.Added),
        };
    }
}
