using MediatR;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.Statistics;

/// <summary>How the backups do, for a dashboard. The parameters are those of the query string; a name that is not known is refused.</summary>
public sealed record GetStatistics(IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters) : IRequest<BackupStatistics>;

public sealed class GetStatisticsHandler(IStatistics statistics, IConfigs configs, TimeProvider time) : IRequestHandler<GetStatistics, BackupStatistics>
{
    public const int MaxDays = 366;

    public const int MaxListed = 200;

    public async Task<BackupStatistics> Handle(GetStatistics request, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(request.Parameters);
        var days = (int)(parameters.Number("days", 1, MaxDays) ?? 30);
        var limit = (int)(parameters.Number("limit", 1, MaxListed) ?? 20);
        var database = parameters.Text("database", 255);
        var config = parameters.Text("config", 255);
        parameters.RefuseUnknown();
        if (database is not null && config is not null)
            throw new InvalidValueException("PARAMETERS_CONTRADICT", "config", "config goes without database: a config has one database.");
        var configId = config is null ? null : (await configs.GetAsync(config, cancellationToken)).Id;
        var selection = new StatisticsSelection(days, time.GetUtcNow(), limit, database, configId);
        var facts = await statistics.ReadAsync(selection, cancellationToken);
        // Of a config's runs the config tells; its database may have others.
        var judged = configId is null ? facts.Databases : facts.Configs;
        return new BackupStatistics
        {
            GeneratedAt = selection.Now,
            Days = days,
            Indicators = Indicators.Of(judged, facts),
            Databases = facts.Databases.Listed,
            DatabasesTotal = facts.Databases.Total,
            Configs = facts.Configs.Listed,
            ConfigsTotal = facts.Configs.Total,
            Series = facts.Series,
        };
    }
}
