using System.Globalization;
using System.Text;

namespace Ops.Backup.EndToEnd.Tests;

[Collection(Servers.Use)]
public sealed class LogTests(SourceServer server)
{
    [Fact]
    public async Task A_long_log_comes_page_by_page_and_whole()
    {
        // Half a megabyte of characters of three bytes: pages end within one, and pg_dump would hang were its errors not drained.
        using var clients = new ClientFolder(server.Cluster).WithReal("pg_dumpall", "pg_restore");
        clients.WithScript("pg_dump", $"""
            [ "$1" = --version ] || for i in $(seq 2000); do echo '备份{new string('长', 90)}' >&2; done
            exec '{clients.RealOf("pg_dump")}' "$@"
            """);
        using var setup = new ServiceSetup(await server.ServiceDatabaseAsync()).With("Backup__ClientFolders__0", clients.Path);
        await using var service = await RunningService.StartAsync(setup);
        await service.Api.AddSourceAsync(server.AsSource("small", await server.SmallAsync()));
        var backup = await service.Api.SucceedAsync(new { source = "small", includeGlobals = false });

        var text = new StringBuilder();
        var pages = 0;
        for (long from = 0, next; ; from = next, pages++)
        {
            var (page, end) = await PageAsync(service, backup.Id, from);
            next = end;
            if (next == from) break;
            text.Append(page);
        }

        pages.ShouldBeGreaterThan(1);
        text.ToString().ShouldBe(await File.ReadAllTextAsync(backup.LogFile!));
        var (_, beyond) = await PageAsync(service, backup.Id, long.MaxValue);
        beyond.ShouldBe(new FileInfo(backup.LogFile!).Length);
    }

    private static async Task<(string Text, long Next)> PageAsync(RunningService service, string id, long from)
    {
        using var response = await service.Api.Http.GetAsync(new Uri($"/api/backups/{id}/log?from={from.ToString(CultureInfo.InvariantCulture)}", UriKind.Relative));
        return (await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(), long.Parse(response.Headers.GetValues("X-Next-Byte").Single(), CultureInfo.InvariantCulture));
    }
}
