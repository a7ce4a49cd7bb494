using System.Net;

namespace Ops.Backup.EndToEnd.Tests;

[Collection(Servers.Use)]
public sealed class DeleteAndRetryTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    [Fact]
    public async Task A_running_backup_is_not_deleted_and_a_finished_one_goes_with_its_files()
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        BackupView backup;
        await using (await HeldTable.LockAsync(server.Cluster, database))
        {
            backup = await service.Api.BackUpAsync(new { source = database });
            await server.WaitUntilHeldAsync(backup.Id);
            var early = await DeleteAsync(backup.Id);
            (early.Status, early.Code).ShouldBe((HttpStatusCode.Conflict, "BACKUP_UNFINISHED"));
            (await service.Api.SendAsync(HttpMethod.Delete, $"/api/sources/{database}")).Code.ShouldBe("SOURCE_IN_USE");
        }
        backup = await service.Api.EndOfAsync(backup.Id);
        backup.Status.ShouldBe("SUCCESS", backup.ErrorMessage);

        (await DeleteAsync(backup.Id)).Status.ShouldBe(HttpStatusCode.NoContent);

        service.Setup.DataFiles().ShouldNotContain(name => name.StartsWith(backup.BaseName, StringComparison.Ordinal));
        File.Exists(backup.ReportFile).ShouldBeFalse();
        (await DeleteAsync(backup.Id)).Code.ShouldBe("BACKUP_NOT_FOUND");
        foreach (var path in new[] { "", "/log", "/download" })
            (await service.Api.SendAsync(HttpMethod.Get, $"/api/backups/{backup.Id}{path}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_failed_backup_is_tried_again_as_a_new_one_that_names_it()
    {
        await service.Api.AddSourceAsync(server.AsSource("later", "not_there_yet"));
        var failed = await service.Api.FailAsync(new { source = "later", format = "plain", compression = "gzip:6" }, "DATABASE_MISSING");
        await server.SmallAsync("not_there_yet");

        var retry = await service.Api.SendAsync<BackupView>(HttpMethod.Post, $"/api/jobs/{failed.Id}/retry", null, HttpStatusCode.Accepted);

        retry.RetryOf.ShouldBe(failed.Id);
        var done = await service.Api.EndOfAsync(retry.Id);
        done.Status.ShouldBe("SUCCESS", done.ErrorMessage);
        done.LocalFile!.ShouldEndWith(".sql.gz");
        (await service.Api.SendAsync(HttpMethod.Post, $"/api/jobs/{done.Id}/retry")).Code.ShouldBe("BACKUP_WRONG_STATE");
    }

    private Task<Answer> DeleteAsync(string id) => service.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{id}");
}
