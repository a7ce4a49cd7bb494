namespace Ops.Backup.Application.Ports;

/// <summary>The report files that could not be loaded.</summary>
public interface IReportErrors
{
    /// <summary>The newest first.</summary>
    Task<ReportErrorPage> ListAsync(int page, int pageSize, CancellationToken cancellationToken);
}

public sealed record ReportErrorPage(IReadOnlyList<ReportError> Items, int Page, int PageSize, long Total)
{
    public long TotalPages => (Total + PageSize - 1) / PageSize;
}

/// <param name="Place">Where in the file: a JSON path, or line and byte; null when it is about the whole file.</param>
/// <param name="SeenAt">When it was read last, UTC. It is read again when it changes.</param>
public sealed record ReportError(
    string File, string Node, string Code, string? Place, string Reason, long SizeBytes, DateTimeOffset ModifiedAt, DateTimeOffset SeenAt);
