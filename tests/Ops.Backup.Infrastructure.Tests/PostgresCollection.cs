using Ops.Backup.Testing;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests;

/// <summary>The classes of this collection share one cluster.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "postgres";
}
