using System.Net;
using System.Text.Json;

namespace Ops.Backup.EndToEnd.Tests;

[Collection(Servers.Use)]
public sealed class RetentionTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    [Fact]
    public async Task A_rule_is_tried_saved_and_applied_and_what_is_held_stays_until_it_is_released()
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        await service.Api.AddConfigAsync(new { name = "kept", source = database });
        var backups = new List<BackupView>();
        for (var run = 0; run < 4; run++)
        {
            backups.Add(await service.Api.EndOfAsync((await service.Api.RunConfigAsync("kept")).Id));
            backups[^1].Status.ShouldBe("SUCCESS", backups[^1].ErrorMessage);
        }
        var byHand = await service.Api.EndOfAsync((await service.Api.BackUpAsync(new { source = database })).Id);
        var held = await AskAsync(HttpMethod.Put, $"/api/backups/{backups[0].Id}/hold", new { reason = "audit", until = "2099-01-01T00:00:00Z" });
        held.GetProperty("hold").GetProperty("reason").GetString().ShouldBe("audit");

        var preview = await AskAsync(HttpMethod.Post, "/api/retention/preview", new { config = "kept", retention = new { count = 1 } });
        var plan = preview.GetProperty("plans").EnumerateArray().ShouldHaveSingleItem();
        IdsOf(plan.GetProperty("goes").GetProperty("backups")).ShouldBe([backups[1].Id, backups[2].Id]);
        IdsOf(plan.GetProperty("stays").GetProperty("backups")).ShouldBe([backups[3].Id, backups[0].Id]);
        (await AskAsync(HttpMethod.Post, "/api/retention/preview", new { config = "kept" })).GetProperty("plans").GetArrayLength().ShouldBe(0, "it has no rule of its own yet");

        await AskAsync(HttpMethod.Put, "/api/configs/kept", new { retention = new { count = 1 } });
        await AskAsync(HttpMethod.Post, "/api/configs/kept/retention/apply");

        (await LeftAsync()).ShouldBe([byHand.Id, backups[3].Id, backups[0].Id]);
        foreach (var gone in backups.GetRange(1, 2)) service.Setup.DataFiles().ShouldNotContain(name => name.StartsWith(gone.BaseName, StringComparison.Ordinal));
        File.Exists(backups[0].LocalFile).ShouldBeTrue();
        (await service.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{backups[0].Id}")).Code.ShouldBe("BACKUP_ON_HOLD");
        (await AskAsync(HttpMethod.Get, "/api/retention/failures")).GetProperty("items").GetArrayLength().ShouldBe(0);

        (await service.Api.SendAsync(HttpMethod.Delete, $"/api/backups/{backups[0].Id}/hold")).Status.ShouldBe(HttpStatusCode.NoContent);
        await AskAsync(HttpMethod.Post, "/api/configs/kept/retention/apply");
        (await LeftAsync()).ShouldBe([byHand.Id, backups[3].Id]);
    }

    [Theory]
    [InlineData("POST", "/api/retention/preview", """{"config":"nowhere"}""", HttpStatusCode.NotFound, "CONFIG_NOT_FOUND", null)]
    [InlineData("POST", "/api/retention/preview", "{}", HttpStatusCode.BadRequest, "VALUE_MISSING", "config")]
    [InlineData("POST", "/api/retention/preview", """{"config":"x","keep":1}""", HttpStatusCode.BadRequest, "MALFORMED_JSON", "$.keep")]
    [InlineData("POST", "/api/configs/nowhere/retention/apply", null, HttpStatusCode.NotFound, "CONFIG_NOT_FOUND", null)]
    [InlineData("GET", "/api/retention/failures?limit=0", null, HttpStatusCode.BadRequest, "VALUE_OUT_OF_RANGE", "limit")]
    [InlineData("PUT", "/api/backups/nowhere/hold", """{"reason":"audit","until":"2099-01-01T00:00:00Z"}""", HttpStatusCode.NotFound, "BACKUP_NOT_FOUND", null)]
    [InlineData("PUT", "/api/backups/nowhere/hold", """{"reason":"audit","until":"2001-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest, "HOLD_END_INVALID", "until")]
    [InlineData("PUT", "/api/backups/nowhere/hold", """{"reason":"audit"}""", HttpStatusCode.BadRequest, "VALUE_MISSING", "until")]
    [InlineData("PUT", "/api/backups/nowhere/hold", """{"reason":" ","until":"2099-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest, "VALUE_MISSING", "reason")]
    public async Task Bad_input_gets_a_clear_error(string method, string path, string? body, HttpStatusCode status, string code, string? field)
    {
        var answer = await service.Api.SendAsync(new HttpMethod(method), path, body);
        (answer.Status, answer.Code, answer.Field).ShouldBe((status, code, field));
    }

    private async Task<IReadOnlyList<string>> LeftAsync() => [.. (await service.Api.BackupsAsync()).Select(backup => backup.Id)];

    private static IEnumerable<string> IdsOf(JsonElement backups) => backups.EnumerateArray().Select(backup => backup.GetProperty("id").GetString()!);

    private async Task<JsonElement> AskAsync(HttpMethod method, string path, object? body = null)
    {
        var answer = await service.Api.SendAsync(method, path, body);
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body?.ToString());
        return answer.Body!.Value;
    }
}
