using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Infrastructure.Reports;

public static class ReportServices
{
    /// <summary>
    /// Writing, loading and listing reports, and the listing of backups. Needs an <c>NpgsqlDataSource</c>, an <see cref="INodeIdentity"/>
    /// and the options of <c>Backup</c> and <c>Reports</c>.
    /// </summary>
    public static IServiceCollection AddReports(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SqlDatabase>();
        services.TryAddSingleton<IReportWriter, ReportWriter>();
        services.AddSingleton<IReportedRuns, ReportedRunStore>();
        services.AddSingleton<ReportFileStore>();
        services.AddSingleton<IReportErrors>(provider => provider.GetRequiredService<ReportFileStore>());
        services.AddSingleton<IBackupCatalogue, BackupJobQueries>();
        services.AddSingleton<ReportScan>();
        services.AddHostedService<ReportFolderScanner>();
        return services;
    }
}
