using System.Net;
using System.Text.Json;
using Npgsql;

namespace Ops.Backup.EndToEnd.Tests;

/// <summary>A script that knows psql and nothing of the API.</summary>
[Collection(Servers.Use)]
public sealed class RecordedBySqlTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    private string Database => new NpgsqlConnectionStringBuilder(service.Setup.Settings["ConnectionStrings__OpsBackup"]).Database!;

    [Fact]
    public async Task A_backup_that_psql_records_is_listed_and_counted()
    {
        await server.Cluster.RunPsqlAsync(Database, """
            SELECT record_backup_start('订单 "1"', backup_file_path => '/backup/o''1.dump', host => 'db9') AS id \gset
            SELECT record_backup_complete(:'id', 42);
            """);

        var listed = (await service.Api.SendAsync<JsonElement>(HttpMethod.Get, "/api/backups?host=db9", null, HttpStatusCode.OK)).GetProperty("items")[0];
        (listed.GetProperty("database").GetString(), listed.GetProperty("status").GetString(), listed.GetProperty("trigger").GetString(), listed.GetProperty("sizeBytes").GetInt64(),
            listed.GetProperty("localFile").GetString()).ShouldBe(("订单 \"1\"", "SUCCESS", "reported", 42, "/backup/o'1.dump"));
        var statistics = await service.Api.SendAsync<JsonElement>(HttpMethod.Get, $"/api/statistics?days=7&database={Uri.EscapeDataString("订单 \"1\"")}", null, HttpStatusCode.OK);
        var counted = statistics.GetProperty("databases")[0];
        (counted.GetProperty("host").GetString(), counted.GetProperty("succeeded").GetInt64(), counted.GetProperty("newest").GetProperty("sizeBytes").GetInt64()).ShouldBe(("db9", 1, 42));
        statistics.GetProperty("series").GetArrayLength().ShouldBe(7);
        (await service.Api.SendAsync(HttpMethod.Get, "/api/statistics?days=0")).ShouldSatisfyAllConditions(
            refused => refused.Status.ShouldBe(HttpStatusCode.BadRequest), refused => (refused.Code, refused.Field).ShouldBe(("NUMBER_OUT_OF_RANGE", "days")));
    }

    [Fact]
    public async Task A_run_of_a_script_is_not_stopped_from_here_and_is_given_up_after_a_day()
    {
        await server.Cluster.RunPsqlAsync(Database, "SELECT record_backup_start('quiet', host => 'db8')");
        var id = (await service.Api.SendAsync<JsonElement>(HttpMethod.Get, "/api/backups?host=db8", null, HttpStatusCode.OK)).GetProperty("items")[0].GetProperty("id").GetString()!;
        var cancel = await service.Api.CancelAsync(id);
        (cancel.Status, cancel.Code).ShouldBe((HttpStatusCode.Conflict, "BACKUP_WAS_REPORTED"));
        (await service.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{id}")).Code.ShouldBe("BACKUP_UNFINISHED");
        (await service.Api.JobsAsync()).Running.ShouldContain(line => line.Id == id);
        (await service.Api.GetAsync(id)).Status.ShouldBe("RUNNING");

        await server.Cluster.RunPsqlAsync(Database, $"UPDATE db_backup_job SET lease_until = lease_until - interval '1 day' WHERE id = '{id}'");

        var ended = await service.Api.WaitForAsync(id, "FAILED");
        (ended.ErrorMessage, ended.ReportFile, ended.LogFile).ShouldBe(("ABANDONED: No end of the run was recorded within a day.", null, null));
        ServiceSetup.NamesIn(service.Setup.ReportFolder).ShouldNotContain(name => name.Contains("quiet", StringComparison.Ordinal));
        (await service.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{id}")).Status.ShouldBe(HttpStatusCode.NoContent);
    }
}
