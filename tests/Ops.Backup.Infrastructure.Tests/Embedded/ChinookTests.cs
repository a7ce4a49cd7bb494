using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Embedded;

/// <summary>The sample that most tests dump and restore.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ChinookTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_sample_loads_whole_into_a_database_of_its_own()
    {
        const string name = "odd 'name\\ =1";
        var connectionString = await postgres.Cluster.CreateDatabaseAsync(name);
        await postgres.Cluster.LoadChinookAsync(name);
        (await PostgresCluster.ScalarAsync(connectionString, "SELECT count(*) FROM track")).ShouldBe(3503L);
        (await PostgresCluster.ScalarAsync(connectionString, "SELECT name FROM artist WHERE artist_id = 6")).ShouldBe("Antônio Carlos Jobim");
    }

    [Fact]
    public async Task The_first_error_of_a_script_fails_it()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(() => postgres.Cluster.RunPsqlAsync("ops_backup", "SELECT 1/0; CREATE TABLE never();"));
        failure.Message.ShouldContain("division by zero");
        (await PostgresCluster.ScalarAsync(postgres.Cluster.ConnectionString, "SELECT to_regclass('never')::text")).ShouldBe(DBNull.Value);
    }
}
