using Ops.Backup.Api.BackupJobs;
using Ops.Backup.Api.Configs;
using Ops.Backup.Api.Encryption;
using Ops.Backup.Api.Nodes;
using Ops.Backup.Api.Reports;
using Ops.Backup.Api.Retention;
using Ops.Backup.Api.Sources;
using Ops.Backup.Api.Statistics;
using Ops.Backup.Api.Stores;

namespace Ops.Backup.Api.Startup;

public static class ApiMap
{
    /// <summary>Every endpoint that people and programs use, and its description.</summary>
    public static void MapApi(this WebApplication app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(ui => ui.DocumentTitle = "Ops.Backup");
        app.MapGet("/", () => Results.Redirect("/swagger")).ExcludeFromDescription();
        app.MapSources();
        app.MapStores();
        app.MapEncryption();
        app.MapConfigs();
        app.MapSchedules();
        app.MapBackups();
        app.MapBackupListing();
        app.MapStatistics();
        app.MapReports();
        app.MapRetention();
        app.MapJobs();
        app.MapNodes();
    }
}
