namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Promise 7: a database's name is data, whatever is in it.</summary>
[Collection(Servers.Use)]
public sealed class DatabaseNameTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>, IAsyncLifetime
{
    public static TheoryData<string> Names => new(
        "it's", "say \"hi\"", "two words", "host=elsewhere dbname=other", "-weird --help", "back\\slash", "100%d %s", "数据库", "🚀 launch", "../../up", "$(id) `id` ;&|*?",
        new string('x', 63), "_globals.", new string('长', 21));

    public Task InitializeAsync() => RestoreScript.DropAsync(server.Cluster);

    public Task DisposeAsync() => RestoreScript.DropAsync(server.Cluster);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_database_of_any_name_is_backed_up_and_restored(string name)
    {
        await server.SmallAsync(name);
        var source = await service.Api.AddSourceAsync(server.AsSource(name, name));
        var before = service.Setup.DataFiles();

        var test = await service.Api.TestAsync(source.Id);
        test.Ok.ShouldBeTrue(test.Error);
        var backup = await service.Api.SucceedAsync(new { source = source.Id });
        await RestoreScript.RunAsync(server.Cluster, backup);

        (await TableContents.OfAsync(server.Cluster, RestoreScript.Database)).ShouldBe(await TableContents.OfAsync(server.Cluster, name));
        // Every file of it is in the data folder itself, and nothing else came into being.
        service.Setup.DataFiles().Except(before, StringComparer.Ordinal)
            .ShouldBe(backup.Files.Select(file => file.Name).Append(Path.GetFileName(backup.ReportFile)!), ignoreOrder: true);
        backup.Files.ShouldAllBe(file => Path.GetDirectoryName(file.Path) == service.Setup.DataFolder);
    }
}
