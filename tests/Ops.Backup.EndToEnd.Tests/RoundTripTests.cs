namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Promise 10: any artifact restores with stock tools alone, by the commands beside it, to what the source had.</summary>
[Collection(Servers.Use)]
public sealed class RoundTripTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>, IAsyncLifetime
{
    public static TheoryData<string, string, int> Ways
    {
        get
        {
            var ways = new TheoryData<string, string, int>();
            foreach (var (format, jobs) in new[] { ("custom", 1), ("plain", 1), ("directory", 3) })
                foreach (var compression in new[] { "none", "gzip:6", "zstd:3" })
                    ways.Add(format, compression, jobs);
            return ways;
        }
    }

    public Task InitializeAsync() => RestoreScript.DropAsync(server.Cluster);

    public Task DisposeAsync() => RestoreScript.DropAsync(server.Cluster);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_backup_of_any_format_restores_by_its_own_instructions_to_the_same_contents(string format, string compression, int jobs)
    {
        var backup = await service.Api.SucceedAsync(new { source = await ChinookAsync(), format, compression, jobs });

        await RestoreScript.RunAsync(server.Cluster, backup);

        var expected = await TableContents.OfAsync(server.Cluster, "chinook");
        expected.Count.ShouldBeGreaterThan(10);
        (await TableContents.OfAsync(server.Cluster, RestoreScript.Database)).ShouldBe(expected);
        backup.Verifications.ShouldContain(check => check.Type == "integrity_check" && check.Status == "passed");
        backup.ShouldReport("SUCCESS", null);
    }

    [Fact]
    public async Task A_schema_restores_without_rows_and_the_rows_restore_into_it()
    {
        var source = await ChinookAsync();
        var schema = await service.Api.SucceedAsync(new { source, type = "schema_only" });
        var rows = await service.Api.SucceedAsync(new { source, type = "data_only" });
        var expected = await TableContents.OfAsync(server.Cluster, "chinook");

        await RestoreScript.RunAsync(server.Cluster, schema);
        var empty = await TableContents.OfAsync(server.Cluster, RestoreScript.Database);
        empty.Keys.ShouldBe(expected.Keys);
        empty.Values.ShouldAllBe(content => content == "0 ");

        await RestoreScript.RunAsync(server.Cluster, rows);
        (await TableContents.OfAsync(server.Cluster, RestoreScript.Database)).ShouldBe(expected);
    }

    [Fact]
    public async Task The_globals_file_has_the_roles_and_is_left_out_when_nobody_wants_it()
    {
        await PostgresCluster.ExecuteAsync(server.Cluster.ConnectionString, "CREATE ROLE \"a Röle\" LOGIN PASSWORD 'known'");
        var source = await ChinookAsync();

        var with = await service.Api.SucceedAsync(new { source });
        var without = await service.Api.SucceedAsync(new { source, includeGlobals = false });

        (await File.ReadAllTextAsync(with.File("globals").Path!)).ShouldContain("CREATE ROLE \"a Röle\"");
        without.Files.ShouldNotContain(file => file.Role == "globals");
    }

    private async Task<string> ChinookAsync()
    {
        var database = await server.ChinookAsync();
        await service.Api.SendAsync(HttpMethod.Post, "/api/sources", server.AsSource("chinook", database));
        return "chinook";
    }
}
