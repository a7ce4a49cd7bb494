using System.Net;

namespace Ops.Backup.EndToEnd.Tests;

[Collection(Servers.Use)]
public sealed class CancelTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    [Theory]
    [InlineData("custom")]
    [InlineData("directory")]
    public async Task A_running_backup_is_cancelled_within_seconds_and_leaves_nothing(string format)
    {
        var source = await service.Api.AddSourceAsync(server.AsSource($"big {format}", await server.BigAsync()));
        var half = await HalfDump.StartAsync(service.Service, source.Id, format);
        (await service.Api.CancelAsync(half.Id)).Status.ShouldBe(HttpStatusCode.Accepted);

        var canceled = await service.Api.EndOfAsync(half.Id, TimeSpan.FromSeconds(5));

        (canceled.Status, canceled.ErrorCode).ShouldBe(("CANCELED", "CANCELED"));
        canceled.ShouldReport("FAILED", "CANCELED");
        canceled.ShouldHaveLeftNothingIn(service.Setup);
        Machine.DumpsOf(half.Id).ShouldBeEmpty();
        var again = await service.Api.CancelAsync(half.Id);
        (again.Status, again.Code).ShouldBe((HttpStatusCode.Conflict, "BACKUP_WRONG_STATE"));
    }

    [Fact]
    public async Task Queued_backups_are_cancelled_at_once_and_never_run()
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        var queued = new List<string>();
        await using (await HeldTable.LockAsync(server.Cluster, database))
        {
            var running = await service.Api.BackUpAsync(new { source = database });
            await server.WaitUntilHeldAsync(running.Id);
            // One after the other without a pause: some are looked at by a free thread while they are cancelled.
            for (var level = 1; level <= 9; level++)
            {
                queued.Add((await service.Api.BackUpAsync(new { source = database, format = "plain", compression = $"gzip:{level}" })).Id);
                (await service.Api.CancelAsync(queued[^1])).Status.ShouldBe(HttpStatusCode.Accepted);
                (await service.Api.GetAsync(queued[^1])).Status.ShouldBe("CANCELED");
            }
        }

        // What comes after them runs, and they are still cancelled.
        await service.Api.SucceedAsync(new { source = database, format = "plain", compression = "gzip:9" });
        foreach (var id in queued) (await service.Api.GetAsync(id)).Status.ShouldBe("CANCELED");
    }

    [Fact]
    public async Task A_finished_backup_can_not_be_cancelled_and_stays_whole()
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        var backup = await service.Api.SucceedAsync(new { source = database });

        var answer = await service.Api.CancelAsync(backup.Id);

        (answer.Status, answer.Code).ShouldBe((HttpStatusCode.Conflict, "BACKUP_WRONG_STATE"));
        (await service.Api.GetAsync(backup.Id)).Status.ShouldBe("SUCCESS");
        File.Exists(backup.LocalFile).ShouldBeTrue();
        (await service.Api.CancelAsync("nothing")).Code.ShouldBe("BACKUP_NOT_FOUND");
    }
}
