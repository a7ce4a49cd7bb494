using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>A page of the backups. The parameters are those of the query string; a name that is not known is refused, not ignored.</summary>
public sealed record ListBackups(IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters) : IRequest<BackupPage>;

public sealed class ListBackupsHandler(IBackupCatalogue catalogue) : IRequestHandler<ListBackups, BackupPage>
{
    public const int MaxPageSize = 200;

    /// <summary>To skip a row the server has to walk over it; beyond this only the cursor is quick.</summary>
    public const long MaxOffset = 10_000_000;

    public Task<BackupPage> Handle(ListBackups request, CancellationToken cancellationToken) =>
        catalogue.ListAsync(Read(new QueryParameters(request.Parameters)), cancellationToken);

    private static BackupListing Read(QueryParameters parameters)
    {
        var sort = SortOf(parameters);
        var after = parameters.Text("after", 2000);
        var listing = new BackupListing
        {
            Filter = FilterOf(parameters),
            Sort = sort,
            Page = (int)(parameters.Number("page", 1, int.MaxValue) ?? 1),
            PageSize = (int)(parameters.Number("pageSize", 1, MaxPageSize) ?? 20),
            After = after is null ? null : BackupCursor.Parse(after, sort),
            Total = parameters.Flag("total") ?? after is null,
        };
        if (after is not null && (parameters.Has("page") || listing.Total))
            throw new InvalidValueException("PARAMETERS_CONTRADICT", "after", "after goes with neither page nor total=true: a cursor counts nothing.");
        if ((long)(listing.Page - 1) * listing.PageSize > MaxOffset)
            throw new InvalidValueException("PAGE_TOO_DEEP", "page", $"Pages go as far as {MaxOffset} backups. Follow next with after to go further: it costs the same everywhere.");
        parameters.RefuseUnknown();
        return listing;
    }

    private static BackupSort SortOf(QueryParameters parameters) => parameters.Text("sort", 50) is not { } text ? BackupSort.Default
        : BackupSort.TryParse(text, out var sort) ? sort
        : throw new InvalidValueException("SORT_UNKNOWN", "sort", $"'{text}' is not a sort; it is one of {string.Join(", ", BackupSort.All)}.");

    private static BackupFilter FilterOf(QueryParameters parameters)
    {
        var filter = new BackupFilter
        {
            Database = parameters.Text("database", 255),
            Statuses = parameters.ManyWords<BackupStatus>("status"),
            Mode = parameters.Word<BackupMode>("mode"),
            Type = parameters.Word<BackupType>("type"),
            Trigger = parameters.Word<BackupTrigger>("trigger"),
            Host = parameters.Text("host", 255),
            Config = parameters.Text("config", 100),
            Recipient = parameters.Text("recipient", 255),
            From = parameters.Time("from"),
            To = parameters.Time("to"),
            MinSize = parameters.Number("minSize", 0, long.MaxValue),
            MaxSize = parameters.Number("maxSize", 0, long.MaxValue),
            Text = parameters.Text("q", 200),
        };
        if (filter.From > filter.To) throw new InvalidValueException("RANGE_REVERSED", "from", "from is later than to.");
        if (filter.MinSize > filter.MaxSize) throw new InvalidValueException("RANGE_REVERSED", "minSize", "minSize is more than maxSize.");
        // The index knows pairs of characters, not single ones.
        if (filter.Text is { } text && text.EnumerateRunes().Count() < 2) throw new InvalidValueException("QUERY_TOO_SHORT", "q", "q has at least two characters.");
        return filter;
    }
}
