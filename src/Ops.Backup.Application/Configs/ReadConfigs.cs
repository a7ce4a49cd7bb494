using MediatR;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Configs;

public sealed record GetConfig(string Id) : IRequest<ConfigView>;

/// <summary>A page of the configs, by name. The parameters are those of the query string.</summary>
public sealed record ListConfigs(IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters) : IRequest<ConfigPage>;

/// <param name="Items">By name.</param>
/// <param name="Page" example="1">From 1.</param>
/// <param name="PageSize" example="20">1 to 200.</param>
/// <param name="Total" example="1">Of all pages.</param>
public sealed record ConfigPage(IReadOnlyList<ConfigView> Items, int Page, int PageSize, long Total);

public sealed class ReadConfigsHandler(IConfigs configs, ISources sources, ConfigForms forms) : IRequestHandler<GetConfig, ConfigView>, IRequestHandler<ListConfigs, ConfigPage>
{
    private const int MaxPage = 1_000_000;

    public async Task<ConfigView> Handle(GetConfig request, CancellationToken cancellationToken) =>
        await forms.ViewAsync(configs, await configs.GetAsync(request.Id, cancellationToken), cancellationToken);

    public async Task<ConfigPage> Handle(ListConfigs request, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(request.Parameters);
        var source = parameters.Text("source", 100);
        var filter = new ConfigFilter(
            parameters.Text("search", 100), source is null ? null : (await sources.GetAsync(source, cancellationToken)).Id, parameters.Flag("enabled"),
            (int)(parameters.Number("page", 1, MaxPage) ?? 1), (int)(parameters.Number("pageSize", 1, ListBackupsHandler.MaxPageSize) ?? 20));
        parameters.RefuseUnknown();
        var (items, total) = await configs.ListAsync(filter, cancellationToken);
        return new ConfigPage(await forms.ViewsAsync(configs, items, cancellationToken), filter.Page, filter.PageSize, total);
    }
}
