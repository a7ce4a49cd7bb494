namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>Two collections run side by side, each with a source server of its own.</summary>
public static class Servers
{
    public const string Use = "use";
    public const string Faults = "faults";
}

[CollectionDefinition(Servers.Use)]
public sealed class UseServer : ICollectionFixture<SourceServer>;

[CollectionDefinition(Servers.Faults)]
public sealed class FaultServer : ICollectionFixture<SourceServer>;

/// <summary>One service with the default settings for the tests of a class.</summary>
public sealed class DefaultService(SourceServer server) : IAsyncLifetime
{
    public RunningService Service { get; private set; } = null!;

    public ServiceApi Api => Service.Api;

    public ServiceSetup Setup => Service.Setup;

    public async Task InitializeAsync() => Service = await RunningService.StartAsync(new ServiceSetup(await server.ServiceDatabaseAsync()));

    public async Task DisposeAsync()
    {
        await Service.DisposeAsync();
        Setup.Dispose();
    }
}
