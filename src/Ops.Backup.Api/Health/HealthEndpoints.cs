using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Ops.Backup.Api.Startup;
using Ops.Backup.Application.BackupJobs;

namespace Ops.Backup.Api.Health;

public static class HealthEndpoints
{
    private const string Ready = "ready";

    public static void AddHealth(this IServiceCollection services) => services.AddHealthChecks()
        .Add(new HealthCheckRegistration("postgres", provider => new DatabaseCheck(provider.GetRequiredService<NpgsqlDataSource>()), null, [Ready], TimeSpan.FromSeconds(5)))
        .Add(new HealthCheckRegistration("folders", provider => new FolderCheck(provider.GetRequiredService<IOptions<BackupOptions>>()), null, [Ready]));

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Status.ToString(), StringComparer.Ordinal),
    });

    private sealed class DatabaseCheck(NpgsqlDataSource dataSource) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var ask = dataSource.CreateCommand("SELECT 1");
                await ask.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy("The service's database does not answer.");
            }
        }
    }

    private sealed class FolderCheck(IOptions<BackupOptions> options) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(BackupFolders.TryMake(options.Value) is { } fault ? HealthCheckResult.Unhealthy(fault) : HealthCheckResult.Healthy());
    }
}
