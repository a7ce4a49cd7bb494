using Xunit;

namespace Ops.Backup.Testing;

/// <summary>One cluster for all test classes of a collection: <c>[CollectionDefinition("postgres")] class X : ICollectionFixture&lt;PostgresFixture&gt;</c>.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public PostgresCluster Cluster { get; } = new();

    public Task InitializeAsync() => Cluster.StartAsync();

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}
