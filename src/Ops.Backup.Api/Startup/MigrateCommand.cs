namespace Ops.Backup.Api.Startup;

/// <summary><c>Ops.Backup.Api migrate</c>: brings the schema up to date and ends, for who wants to do that before a rollout.</summary>
public static class MigrateCommand
{
    public static async Task<int> RunAsync(ServiceOptions service, string? connectionString, ILoggerFactory loggers)
    {
        await using var database = await ServiceDatabase.OpenAsync(service, connectionString, loggers, CancellationToken.None);
        foreach (var name in database.Migrated) Console.WriteLine($"applied {name}");
        Console.WriteLine(database.Migrated.Count == 0 ? "The schema is up to date." : $"{database.Migrated.Count} migrations applied.");
        return 0;
    }
}
