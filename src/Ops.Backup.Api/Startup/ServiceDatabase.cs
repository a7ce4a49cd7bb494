using Npgsql;
using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Api.Startup;

/// <summary>The service's database: the configured one, or the embedded PostgreSQL where none is; its schema is up to date.</summary>
public sealed class ServiceDatabase : IAsyncDisposable
{
    private readonly DataFolderLock _lock;
    private readonly EmbeddedPostgres? _embedded;

    private ServiceDatabase(DataFolderLock folderLock, EmbeddedPostgres? embedded, string connectionString)
    {
        (_lock, _embedded, ConnectionString) = (folderLock, embedded, connectionString);
        DataSource = NpgsqlDataSource.Create(connectionString);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource DataSource { get; }

    public IReadOnlyList<string> Migrated { get; private set; } = [];

    /// <summary>Takes the data folder, starts or reaches the server, and migrates.</summary>
    /// <exception cref="StartupException">The folder is in use, the server can't run or be reached, or a migration failed.</exception>
    public static async Task<ServiceDatabase> OpenAsync(ServiceOptions service, string? configured, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var (folderLock, embedded, connectionString) = await StartAsync(service, configured, loggers, cancellationToken);
        var database = new ServiceDatabase(folderLock, embedded, WithDefaults(connectionString));
        try
        {
            database.Migrated = await MigrationRunner.MigrateAsync(database.DataSource, targetMigration: null, cancellationToken);
            return database;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            await database.DisposeAsync();
            throw StartupException.Database($"The service's database can't be reached or migrated: {e.Message} Check ConnectionStrings:OpsBackup.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        if (_embedded is not null) await _embedded.DisposeAsync();
        _lock.Dispose();
    }

    private static async Task<(DataFolderLock Lock, EmbeddedPostgres? Embedded, string ConnectionString)> StartAsync(
        ServiceOptions service, string? configured, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        DataFolderLock? folderLock = null;
        try
        {
            folderLock = DataFolderLock.Acquire(service.DataFolder);
            if (!string.IsNullOrWhiteSpace(configured)) return (folderLock, null, configured);
            var embedded = new EmbeddedPostgres(
                new EmbeddedPostgresOptions { DataFolder = service.DataFolder, BinFolder = service.PostgresBinFolder }, loggers.CreateLogger<EmbeddedPostgres>());
            return (folderLock, embedded, await embedded.StartAsync(cancellationToken));
        }
        catch (EmbeddedPostgresException e)
        {
            folderLock?.Dispose();
            throw StartupException.DataFolder(e.Message);
        }
    }

    private static string WithDefaults(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "ops-backup/service" };
            if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = 100;
            return settings.ConnectionString;
        }
        catch (ArgumentException e)
        {
            throw StartupException.Configuration($"Configuration, ConnectionStrings:OpsBackup: {e.Message}");
        }
    }
}
